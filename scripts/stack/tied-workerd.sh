#!/bin/sh
# Stands in for the workerd program: the kernel kills it when the process that started it dies, and its own session
# keeps a Ctrl-C from reaching it before the runners have given their jobs back.
exec setpriv --pdeathsig KILL -- setsid "$KILN_WORKERD" "$@"
