using System.CommandLine;
using Migrate.Api.Hosting;
using Migrate.Api.Settings;
using Migrate.Api.Workers;

namespace Migrate.Api.Cli;

internal static class WorkerCommands
{
    public static Command Build(CommandSet cli) =>
        CommandSet.Noun("worker", "processes that copy disks beside the server, on any machine", Run(cli), List(cli));

    private static Command Run(CommandSet cli)
    {
        var settings = new SettingArguments(cli, SettingReaders.Worker);
        return cli.Local(
            "run",
            "Copies disks for a server with a PostgreSQL; runs until it is stopped.",
            settings.All,
            async (invocation, cancellationToken) =>
            {
                var values = settings.Read(invocation);
                var options = SettingArguments.Checked(() => SettingReading.Worker(values));
                await using var worker = await WorkerProcess.StartAsync(options, cancellationToken, ServerLogging.As(values.Get(SettingCatalogue.LogFormat)));
                invocation.Say($"Worker {worker.Identity.Name} is ready.");
                using var stopping = ServiceManager.Tell(worker.Services);
                await worker.WaitForShutdownAsync(cancellationToken);
                return ExitCode.Done;
            },
            "migrate worker run --database-file /etc/migrate/database --keys /etc/migrate/keys --target-admin https://10.0.4.2:7443 --target-token-file /etc/migrate/target.token");
    }

    private static Command List(CommandSet cli)
    {
        var list = new ListOptions(WorkerEndpoints.Orders);
        return cli.Verb(
            "list",
            "Lists the server and its workers, and what they do now.",
            list.After(),
            async (invocation, cancellationToken) =>
            {
                var workers = await invocation.Api.GetAllAsync<WorkerView>("workers" + list.Query(invocation), cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(workers, output =>
                {
                    var table = new Table("NAME", "MACHINE", "PROCESS", "VERSION", "LAST SEEN", "STATE", "DOES");
                    foreach (var worker in workers)
                    {
                        table.Add(
                            worker.Name, worker.Machine, worker.ProcessId, worker.Version, worker.LastSeenAt.ToString("u", System.Globalization.CultureInfo.InvariantCulture),
                            worker.State, string.Join(", ", worker.Runs.Select(x => $"{x.Vm} ({x.Phase})")));
                    }

                    table.Write(output);
                });
                return ExitCode.Done;
            },
            "migrate worker list");
    }
}
