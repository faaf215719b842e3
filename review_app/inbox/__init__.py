"""The page Inbox: all recorded sessions."""
