"""Record live conversations, replay them, correct them, compile them into training data.

Outer imports inner; a row never imports its own neighbours:

    review_app │ cli                                 faces
               │ terminal
            api                                      what machines ask over HTTP: metrics, health
            bootstrap                                choose
            settings │ logs │ cluster                what was asked for, what is told of it, who helps
            teaching                                 a session that the trainer leads
            services                                 coordinate: load → decide (pure) → append
            talking                                  a session that the bot leads
            upkeep                                   what is done to a whole log
            audit                                    whether it is what was written
            read_models                              what is computed from it for lists
    store │ ingest │ actions                         effects: the world outside
            formats                                  notations
    review │ learning │ stories                      pure: values in, values out
            dialogue
            events
            errors │ packaged
"""

__version__ = "0.1.0"
