"""FACE that teaches: the screens and menus of interactive learning, as Rasa Core had them."""
