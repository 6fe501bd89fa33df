import Commands

Reprise.runProcess()
