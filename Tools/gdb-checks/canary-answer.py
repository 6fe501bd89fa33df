# A check that must fail: Tools/gdb-session fails when this passes.
from common import *

check("canary", step(), step() + 1)
finish()
