using System.CommandLine;
using Migrate.Api.Cli;
using Migrate.Planner.Persistence;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Api.Tests.Cli;

/// <summary>Names that the server knows, offered while somebody types.</summary>
public sealed class NameCompletionTests(RunningServer server)
{
    private const string EstateText = """
        { "datastores": [{ "name": "nc-ds1" }],
          "vms": [{ "name": "nc-web01", "datastore": "nc-ds1", "power": "off", "disks": [{ "capacity": "1 MiB" }] },
                  { "name": "nc-web02", "datastore": "nc-ds1", "power": "off", "disks": [{ "capacity": "1 MiB" }] },
                  { "name": "nc-old web", "datastore": "nc-ds1", "power": "off", "disks": [{ "capacity": "1 MiB" }] },
                  { "name": "nc-$(touch${IFS}HERE)", "datastore": "nc-ds1", "power": "off", "disks": [{ "capacity": "1 MiB" }] }] }
        """;

    /// <summary>Names that are given, or no list of the server has.</summary>
    private static readonly string[] Others =
    [
        "migrate source add NAME", "migrate host add NAME", "migrate plan create NAME", "migrate user add NAME", "migrate key create NAME", "migrate key create --area", "migrate view save NAME",
        "migrate audit list --action", "migrate worker run --name", "migrate config show --name",
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_name_on_the_command_line_is_of_a_list_or_known_not_to_be()
    {
        var root = CommandLine.Build(new CommandSet(Terminal.OfThisProcess()));
        var unknown = CompletionCommand.All(root).SelectMany(x => x.Command.Arguments.Where(a => a.Name == "NAME").Select(a => (x.Path, a.Name, Symbol: (Symbol)a))
                .Concat(x.Command.Options.Where(o => o.HelpName is "NAME" or "PLAN").Select(o => (x.Path, o.Name, Symbol: (Symbol)o))))
            .Where(x => NameCompletion.Of(x.Path, x.Symbol) is null).Select(x => $"{x.Path} {x.Name}");
        unknown.ShouldBe(Others, ignoreOrder: true);
    }

    [Fact]
    public async Task Bash_offers_what_the_server_knows_and_runs_nothing_of_it()
    {
        await using var simulator = await SimulatorServer.StartAsync(EstateFile.Parse(EstateText) with { Seed = 4711 }, new SimulatorOptions(), Cancel);
        await DoneAsync("source", "add", "nc-vc", "--url", simulator.Url.ToString(), "--user", simulator.UserName, "--thumbprint", simulator.Thumbprint);
        await DoneAsync("inventory", "sync", "nc-vc");
        await using (var db = await server.DatabaseAsync())
        {
            db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = "nc-host", Uri = "test:///default", DomainType = "qemu", Attachment = "backing" });
            await db.SaveChangesAsync(Cancel);
        }

        await DoneAsync("plan", "create", "nc-plan", "--source", "nc-vc", "--host", "nc-host", "--vm", "nc-web01", "--network", "VM Network=user");
        var directory = Directory.CreateTempSubdirectory("migrate-names-").FullName;
        try
        {
            var program = Path.Combine(directory, "migrate");
            await File.WriteAllTextAsync(program, $"#!/bin/sh\nexec dotnet {Path.Combine(AppContext.BaseDirectory, "migrate.dll")} \"$@\"\n", Cancel);
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            Dictionary<string, string> environment = new() { ["PATH"] = $"{directory}:{Environment.GetEnvironmentVariable("PATH")}", ["MIGRATE_SERVER"] = server.Url.ToString(), ["MIGRATE_TOKEN"] = server.Token };
            Task<IReadOnlyList<string>> OfferedAsync(string typed) => CompletionTests.BashAsync(typed, environment: environment);

            (await OfferedAsync("migrate plan show nc-")).ShouldBe(["nc-plan"]);
            (await OfferedAsync("migrate plan show ")).ShouldContain("nc-plan");
            (await OfferedAsync("migrate plan show nc-plan ")).ShouldNotContain("nc-plan");
            (await OfferedAsync("migrate plan show --")).ShouldNotContain("nc-plan");
            (await OfferedAsync("migrate plan create nc-")).ShouldBeEmpty("it is new");
            (await OfferedAsync("migrate plan create x --source nc-")).ShouldBe(["nc-vc"]);
            (await OfferedAsync("migrate plan create x --source = nc-")).ShouldBe(["nc-vc"], "as a shell splits --source=nc-");
            (await OfferedAsync("migrate plan create x --source nc-vc --host nc-")).ShouldBe(["nc-host"]);
            (await OfferedAsync("migrate plan add --mode-of x = cold nc-")).ShouldBe(["nc-plan"], "as a shell splits --mode-of x=cold");
            (await OfferedAsync("migrate plan create x --source nc-vc --vm nc-")).ShouldBe(["nc-web01", "nc-web02"], "no blanks, and nothing that a shell would run");
            (await OfferedAsync("migrate plan add nc-plan --vm nc-web")).ShouldBe(["nc-web01", "nc-web02"], "of its source");
            (await OfferedAsync("migrate plan remove-vm nc-plan nc-")).ShouldBe(["nc-web01"], "of the plan");
            (await OfferedAsync("migrate inventory vms --source nc-vc --datastore nc-")).ShouldBe(["nc-ds1"]);
            (await OfferedAsync("migrate wave start nc-")).ShouldBe(["nc-plan"]);
            environment["MIGRATE_TOKEN"] = "wrong";
            (await OfferedAsync("migrate plan show nc-")).ShouldBeEmpty("and no error on the line");
            environment["MIGRATE_SERVER"] = "http://127.0.0.1:9/";
            (await OfferedAsync("migrate plan show nc-")).ShouldBeEmpty();
            Directory.GetFiles(directory).ShouldBe([program]);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private async Task DoneAsync(params string[] args)
    {
        var result = await server.RunWithAsync(new() { ["MIGRATE_PASSWORD"] = "rehearsal" }, args);
        result.ExitCode.ShouldBe(0, string.Join(' ', args) + ": " + result.Error);
    }
}
