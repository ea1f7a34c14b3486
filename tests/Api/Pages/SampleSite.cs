using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Api.Tests.Lists;
using Migrate.Api.Tests.Reports;
using Migrate.Executor.Validation;
using Migrate.Planner;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.VSphere.ChangeTracking;
using Migrate.Simulator;
using Migrate.Simulator.Estates;
using Migrate.Target.Admin;

namespace Migrate.Api.Tests.Pages;

/// <summary>
/// What somebody's installation looks like in the middle of it: a vCenter with an inventory and baselines, a plan whose first wave has moved and whose second is
/// copied or waits for its cutover, and some of everything else that is listed.
/// </summary>
internal sealed class SampleSite : IAsyncDisposable
{
    /// <summary>The one with an inventory of everything, and with baselines.</summary>
    public const string Source = "dc1";

    private static readonly string[] Roles = ["web", "app", "db", "mail"];

    private SampleSite(RunningServer server, SimulatorServer simulator) => (Server, _simulator) = (server, simulator);

    private readonly SimulatorServer _simulator;

    public RunningServer Server { get; }

    /// <summary>What the parameters of paths are to be.</summary>
    public IReadOnlyDictionary<string, string> Values { get; private set; } = null!;

    /// <summary>Runs in as many states, by what they are for.</summary>
    public Dictionary<string, Guid> Runs { get; } = [];

    /// <summary>Key of a VM of <see cref="Source"/>.</summary>
    public string VmWithBaseline { get; private set; } = "";

    /// <summary>Of the plan that is under way.</summary>
    public string Plan { get; private set; } = "";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<SampleSite> OpenAsync()
    {
        var server = new RunningServer();
        await server.InitializeAsync();
        var simulator = await SimulatorServer.StartAsync(EstateGenerator.Generate(12, hosts: 3), cancellationToken: Cancel);
        var site = new SampleSite(server, simulator);
        try
        {
            site.Values = await SampleLists.AddAsync(server);
            await site.AddPlanAsync();
            // As after a cutover: the samples' namespaces are numbered in their UUIDs.
            var target = server.Services.GetRequiredService<NvmeTarget>();
            await target.GrantAsync(new Guid(1, 0, 0, new byte[8]), "nqn.2014-08.org.nvmexpress:uuid:5d6e7c52-1111-4a5b-9c3d-000000000001", Cancel);
            await target.TakeOfflineAsync(new Guid(2, 0, 0, new byte[8]), Cancel);
            await site.AddSourceAsync();
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _simulator.DisposeAsync();
        await Server.DisposeAsync();
    }

    private async Task AddPlanAsync()
    {
        var sample = await SamplePlan.AddAsync(Server, 14, i => $"shop-{Roles[i % 4]}{(i / 4) + 1:00}");
        Plan = sample.Plan.Name;
        await using (var db = await Server.DatabaseAsync())
        {
            var policy = JsonSerializer.Serialize(new PlanPolicy { RequireApproval = true, Networks = new Dictionary<string, NetworkMapping> { ["VM Network"] = new("bridge", "br0") } }, PlannerJson.Default.PlanPolicy);
            await db.Plans.Where(x => x.Id == sample.Plan.Id).ExecuteUpdateAsync(x => x.SetProperty(y => y.Policy, policy), Cancel);
        }

        Runs["passed"] = (await sample.AddRunAsync(0, Outcome.Pass)).Id;
        Runs["failed verdict"] = (await sample.AddRunAsync(2, Outcome.Fail)).Id;
        await sample.AddRunAsync(3, Outcome.Inconclusive);
        Runs["ready"] = (await sample.AddRunAsync(4, null, x => Hold(x, RunPhase.Ready))).Id;
        await sample.AddRunAsync(5, null, x => Hold(x, RunPhase.Ready));
        Runs["seeding"] = (await sample.AddRunAsync(7, null, x => Hold(x, RunPhase.Seeding))).Id;
        Runs["failed"] = (await sample.AddRunAsync(8, null, x =>
        {
            Hold(x, RunPhase.Failed);
            (x.ResumePhase, x.ErrorCode, x.Error, x.Remedy, x.LeftBehind) = (RunPhase.Seeding, "source.unreachable", "The source cannot be reached at https://127.0.0.1:1.", "Look at its network, then retry.", """["A snapshot 'migrate' of shop-web03: remove it in vCenter."]""");
        })).Id;
    }

    /// <summary>In a phase that nobody does anything about: another worker has it.</summary>
    private static void Hold(Run run, RunPhase phase)
    {
        (run.Phase, run.ResumePhase, run.FinishedAt, run.DowntimeStartedAt, run.DowntimeEndedAt, run.Downtime, run.DomainName) = (phase, phase, null, null, null, "[]", null);
        run.TrackingPhase = phase == RunPhase.Ready ? TrackingPhase.Ready : null;
        run.ReadyAt = phase == RunPhase.Ready ? SamplePlan.Start : null;
        if (phase != RunPhase.Failed)
        {
            (run.LeaseOwner, run.LeaseTakenAt, run.LeaseExpiresAt) = ("kvm-worker-2/4711", SamplePlan.Start, DateTime.UtcNow.AddDays(1));
        }
    }

    private async Task AddSourceAsync()
    {
        var secret = Path.Combine(Server.Directory, "secret");
        await File.WriteAllTextAsync(secret, _simulator.Password, Cancel);
        await RunAsync("source", "add", Source, "--url", _simulator.Url.ToString(), "--user", _simulator.UserName, "--thumbprint", _simulator.Thumbprint, "--password-file", secret);
        await RunAsync("inventory", "sync", Source);
        await RunAsync("baseline", "start", "--source", Source, "--all");
        using var http = Server.Client();
        while (true)
        {
            var watched = JsonNode.Parse(await http.GetStringAsync($"/api/v1/sources/{Source}/baselines", Cancel))!["items"]!.AsArray();
            if (watched.FirstOrDefault(x => x!["newest"] is not null) is { } collected)
            {
                VmWithBaseline = collected["vmKey"]!.GetValue<string>();
                return;
            }

            await Task.Delay(100, Cancel);
        }
    }

    private async Task RunAsync(params string[] args)
    {
        var result = await Server.RunAsync(args);
        result.ExitCode.ShouldBe(0, $"{string.Join(' ', args)}\n{result.Out}\n{result.Error}");
    }
}
