using Migrate.Target.Admin;

return await TargetCommandLine.RunAsync(args, Console.Out, Console.Error);
