"""A program that asks on its terminal, and somebody who answers."""

from terminals import Terminal


class Conversation(Terminal):
    """What it shows counts in the order in which it came, wherever on the screen it stood."""

    def __init__(self, words, environment, directory="/"):
        super().__init__(["env", "--chdir", directory, *words], environment, columns=250)
        self.seen = 0  # how much of `shown` has been waited for

    @property
    def shown(self):
        return self.raw.decode(errors="replace").replace("\r\n", "\n")

    def expect(self, text):
        """Waits for `text` behind what was waited for before. Returns what came before it."""
        self.until(lambda _: text in self.shown[self.seen:], repr(text))
        place = self.shown.index(text, self.seen)
        before = self.shown[self.seen:place]
        self.seen = place + len(text)
        return before

    def answer(self, question, line=""):
        before = self.expect(question)
        self.type(line + "\n")
        return before

    def interrupt(self, question):
        self.expect(question)
        self.type("\x03")

    def end_input(self, question):
        self.expect(question)
        self.type("\x04")
