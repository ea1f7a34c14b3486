using Migrate.Api.Cli;

return await CommandLine.RunAsync(args, Terminal.OfThisProcess(), CancellationToken.None);
