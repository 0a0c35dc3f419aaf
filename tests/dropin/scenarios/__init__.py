"""What is replayed: a module a group, a function a scenario, whose docstring says what must hold."""


def scenario(play):
    play.is_scenario = True
    return play
