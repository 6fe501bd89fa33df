# A session that breaks off: Tools/gdb-session fails when this passes.
from common import *

check("canary", step(), 0)
run("continue")
raise gdb.error("canary")
