"""A tree for the tests of rules that read what files hold."""


class TextTree:
    """Files by path: their text."""
    def __init__(self, texts):
        self.texts = texts
        self.files = sorted(texts)

    def lines(self, path):
        return self.texts[path].splitlines()
