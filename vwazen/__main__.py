from vwazen.cli import main

raise SystemExit(main())
