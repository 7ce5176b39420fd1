Console.Error.WriteLine("usage: fdnn-bench PROBLEMS... [--isa ISA] [--threads N] [--dt TYPE] [--dir DIRECTION] [--filter TEXT]");
return 2;
