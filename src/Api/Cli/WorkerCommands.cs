using System.CommandLine;
using Migrate.Api.Hosting;
using Migrate.Api.Workers;

namespace Migrate.Api.Cli;

internal static class WorkerCommands
{
    public static Command Build(CommandSet cli) =>
        CommandSet.Noun("worker", "processes that copy disks beside the server, on any machine", Run(cli), List(cli));

    private static Command Run(CommandSet cli)
    {
        var database = new DatabaseArguments();
        var keys = new Option<string>("--keys") { Description = "the 'keys' folder of the server's data directory, shared or copied", HelpName = "DIR", Required = true };
        var admin = new Option<string>("--target-admin") { Description = "admin API of the server's target: path of target.sock, or https://HOST:PORT", HelpName = "PATH|URL", Required = true };
        var token = new Option<string?>("--target-token-file") { Description = "copy of target.token from the server's data directory, for a URL", HelpName = "FILE" };
        var authority = new Option<string?>("--target-ca") { Description = "PEM file with the certificate that the admin API's must be or be issued by", HelpName = "FILE" };
        var target = DatabaseArguments.EndPoint("--target", "where this machine reaches the target by NVMe/TCP, if not where it says itself");
        var copying = new CopyArguments("what this worker alone may take of a source host, a datastore or the link to the target, beside the limits that all share");
        var name = new Option<string?>("--name") { Description = "what lists call this worker, if not its machine and process", HelpName = "NAME" };
        var vddk = new Option<string?>("--vddk") { Description = "directory of VMware's disk kit (VDDK) on this machine", HelpName = "DIRECTORY" };
        var lease = new Option<int>("--lease-seconds") { Description = "seconds after which others take over what this worker was at when it died", DefaultValueFactory = _ => 30, Hidden = true };
        var checkpoint = new Option<int>("--checkpoint-mib") { Description = "MiB that a copy sends between two checkpoints", DefaultValueFactory = _ => 256, Hidden = true };
        return cli.Local(
            "run",
            "Copies disks for a server with a PostgreSQL; runs until it is stopped.",
            [database.Database, database.File, keys, admin, token, authority, target, name, vddk, lease, checkpoint, .. copying.All],
            async (invocation, cancellationToken) =>
            {
                var options = new WorkerOptions
                {
                    Database = database.Of(invocation) ?? throw new CommandFailure(
                        ExitCode.Usage, "A worker needs the server's PostgreSQL.", $"Give --database-file, --database or {DatabaseChoice.Variable}; a server on SQLite works alone."),
                    Keys = invocation.Get(keys)!,
                    TargetAdmin = invocation.Get(admin)!,
                    TargetTokenFile = invocation.Get(token),
                    TargetAuthority = invocation.Get(authority),
                    Target = invocation.Get(target),
                    Copies = copying.Copies(invocation),
                    Passes = copying.Passes(invocation),
                    CopyLimits = copying.AtOnce(invocation),
                    Throttles = copying.Throttles(invocation),
                    Name = invocation.Get(name),
                    VddkDirectory = invocation.Get(vddk),
                    LeaseDuration = TimeSpan.FromSeconds(Math.Clamp(invocation.Get(lease), 3, 600)),
                    CheckpointBytes = Math.Clamp(invocation.Get(checkpoint), 1, 4096) * (1L << 20),
                };
                await using var worker = await WorkerProcess.StartAsync(options, cancellationToken);
                invocation.Say($"Worker {worker.Identity.Name} is ready.");
                await worker.WaitForShutdownAsync(cancellationToken);
                return ExitCode.Done;
            },
            "migrate worker run --database-file /etc/migrate/database --keys /etc/migrate/keys --target-admin https://10.0.4.2:7443 --target-token-file /etc/migrate/target.token");
    }

    private static Command List(CommandSet cli) => cli.Verb(
        "list",
        "Lists the server and its workers, and what they do now.",
        [],
        async (invocation, cancellationToken) =>
        {
            var workers = await invocation.Api.GetAllAsync<WorkerView>("workers", cancellationToken).ToListAsync(cancellationToken);
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
