"""The name of the logger for what engines print, and say in words of their own.

They may repeat what they were given: such lines are told only where `log.may_hold_content` is set.
"""

ENGINE_OUTPUT = "surtitle.engines.output"
