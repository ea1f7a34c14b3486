using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Api.Concerns;
using Migrate.Api.Hosts;
using Migrate.Api.Inventory;
using Migrate.Api.Manifests;
using Migrate.Api.Plans;
using Migrate.Api.Waves;
using Migrate.Executor.Manifests;
using Migrate.Executor.Probes;
using Migrate.Executor.Runs;
using Migrate.Executor.Waves;
using Migrate.Planner;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.Waves;

namespace Migrate.Api.Operations;

/// <summary>
/// What is done by operations, for calls and for pages. What can be refused at once is refused here, before there is an operation. Each may be done again after it was cut off anywhere.
/// </summary>
internal sealed class LongActs(
    OperationRunner runner, OperationViews views, SourceRegister sources, HostRegister hosts, PlanViews plans, PlanChecker checker, ConcernViews concerns, WavePlans waves, WaveComparer comparer,
    RunManifests manifests, RunStore runs, RunLog log, IDbContextFactory<MigrateDb> databases)
{
    public async Task<OperationView> SynchroniseAsync(string name, string by, CancellationToken cancellationToken)
    {
        var source = await sources.FindAsync(name, cancellationToken);
        return await BeginAsync(
            OperationKind.SynchroniseSource, $"sources/{source.Name}", source.Id, by,
            async (_, stop) => new OperationResult(Inventory: InventoryReader.ViewOf(await sources.SynchroniseAsync(await SameAsync(source, stop), stop))), cancellationToken);
    }

    /// <summary>The password is in this process alone until its login works.</summary>
    public async Task<OperationView> AddSourceAsync(AddSource request, string by, CancellationToken cancellationToken)
    {
        await sources.RefuseAsync(request, cancellationToken);
        return await BeginAsync(
            OperationKind.AddSource, $"sources/{request.Name}", request, by,
            async (_, stop) =>
            {
                var source = await sources.AddAsync(request, stop);
                return new OperationResult(Source: SourceEndpoints.ViewOf(source, null));
            },
            cancellationToken);
    }

    public async Task<OperationView> AddSourceAsync(AddOfflineSource request, string by, CancellationToken cancellationToken)
    {
        await sources.RefuseAsync(request, cancellationToken);
        return await BeginAsync(
            OperationKind.AddSource, $"sources/{request.Name}", JsonSerializer.Serialize(request, Json.Options), by,
            async (_, stop) => new OperationResult(Source: SourceEndpoints.ViewOf(await sources.AddAsync(request, stop), null)), cancellationToken);
    }

    /// <summary>The change is of the source as it is now: what somebody else makes of it before the operation is through, is not overwritten.</summary>
    public async Task<OperationView> UpdateSourceAsync(string name, UpdateSource request, string by, CancellationToken cancellationToken)
    {
        var change = await sources.RefuseAsync(name, request, cancellationToken);
        return await BeginAsync(
            OperationKind.UpdateSource, $"sources/{change.Name}", (change.Id, change.Before, request), by,
            async (_, stop) =>
            {
                var source = await sources.UpdateAsync(change, stop);
                await using var db = await databases.CreateDbContextAsync(CancellationToken.None);
                var newest = await db.InventoryVersions.AsNoTracking().Where(v => v.SourceId == source.Id).OrderByDescending(v => v.Number).FirstOrDefaultAsync(CancellationToken.None);
                return new OperationResult(Source: SourceEndpoints.ViewOf(source, newest));
            },
            cancellationToken);
    }

    public async Task<OperationView> CheckPlanAsync(string name, string by, CancellationToken cancellationToken)
    {
        var plan = await PlanEndpoints.FindAsync(plans, name, null, 0, 1, cancellationToken);
        return await BeginAsync(
            OperationKind.CheckPlan, $"plans/{plan.Name}", plan.Id, by,
            async (_, stop) => new OperationResult(Check: await concerns.ViewAsync(await checker.CheckAsync(plan.Id, stop), stop)), cancellationToken);
    }

    public async Task<OperationView> PlanWavesAsync(string name, WaveRules rules, string by, CancellationToken cancellationToken)
    {
        var plan = await PlanEndpoints.FindAsync(plans, name, null, 0, 1, cancellationToken);
        await waves.RefuseAsync(plan.Id, rules, cancellationToken);
        return await BeginAsync(
            OperationKind.PlanWaves, $"plans/{plan.Name}", (plan.Id, JsonSerializer.Serialize(rules, Json.Options)), by,
            // What is kept is told as that, also to who stops it too late.
            async (_, stop) => new OperationResult(Waves: await WavePlanEndpoints.DetailAsync(databases, plan.Name, await waves.MakeAsync(plan.Id, rules, by, stop), CancellationToken.None)), cancellationToken);
    }

    /// <summary>What is wrong with the rules of one is told in its place: the others are compared all the same.</summary>
    public async Task<OperationView> CompareWavesAsync(string name, CompareWaves request, string by, CancellationToken cancellationToken)
    {
        WaveComparer.Refuse(request);
        var plan = await PlanEndpoints.FindAsync(plans, name, null, 0, 1, cancellationToken);
        return await BeginAsync(
            OperationKind.CompareWaves, $"plans/{plan.Name}", (plan.Id, JsonSerializer.Serialize(request, Json.Options)), by,
            async (progress, stop) => new OperationResult(Comparison: await comparer.CompareAsync(plan.Name, plan.Id, request, progress, stop)), cancellationToken);
    }

    public async Task<OperationView> VerifyAsync(Guid run, int disk, string by, CancellationToken cancellationToken)
    {
        await manifests.ExistingAsync(run, disk, cancellationToken);
        var of = (await runs.DisksAsync(run, cancellationToken)).First(x => x.DiskKey == disk);
        return await BeginAsync(
            OperationKind.VerifyManifest, $"runs/{run}/manifests/{disk}", null, by,
            async (progress, stop) =>
            {
                var found = await manifests.VerifyAsync(run, disk, new BytesRead(progress, of.CapacityBytes), stop);
                var view = new VerificationView(disk, of.Label, found.Equal, found.Extents, found.Differing, found.FirstOffsets, found.Elapsed.TotalSeconds, found.Expected);
                // The operation goes after a while; what was found of a disk stays with its run.
                var told = OperationWords.Of(view);
                await log.WriteAsync(run, (await runs.FindAsync(run, stop))!.Phase, found.Differing == found.Expected ? RunLog.Info : RunLog.Warning, $"Compared with its manifest, asked for by {by}: {told}", stop);
                return new OperationResult(Verification: view);
            },
            cancellationToken);
    }

    public async Task<OperationView> ProbeHostAsync(string name, ProbeHost request, string by, CancellationToken cancellationToken)
    {
        var host = await hosts.RefuseAsync(name, request, cancellationToken);
        return await BeginAsync(
            OperationKind.ProbeHost, $"hosts/{name}", (host, request), by,
            async (_, stop) =>
            {
                MustBeSame(name, host, await hosts.RefuseAsync(name, request, stop));
                return new OperationResult(Host: hosts.ViewOf(await hosts.ProbeAgainAsync(name, request, stop)));
            },
            cancellationToken);
    }

    public async Task<OperationView> CheckHostAsync(string name, CheckHost request, string by, CancellationToken cancellationToken)
    {
        var host = await hosts.RefuseAsync(name, request, cancellationToken);
        return await BeginAsync(
            OperationKind.CheckHost, $"hosts/{name}", (host, request), by,
            async (_, stop) =>
            {
                MustBeSame(name, host, await hosts.RefuseAsync(name, request, stop));
                return new OperationResult(HostCheck: await hosts.CheckAsync(name, request, stop));
            },
            cancellationToken);
    }

    public async Task<OperationView> AddHostAsync(AddHost request, string by, CancellationToken cancellationToken)
    {
        await hosts.RefuseAsync(request, cancellationToken);
        return await BeginAsync(
            OperationKind.AddHost, $"hosts/{request.Name}", JsonSerializer.Serialize(request, Json.Options), by,
            async (_, stop) => new OperationResult(Host: hosts.ViewOf(await hosts.AddAsync(request, stop))), cancellationToken);
    }

    /// <summary>The change is of the host as it is now: what somebody else makes of it before the operation is through, is not overwritten.</summary>
    public async Task<OperationView> UpdateHostAsync(string name, UpdateHost request, string by, CancellationToken cancellationToken)
    {
        var change = await hosts.RefuseAsync(name, request, cancellationToken);
        return await BeginAsync(
            OperationKind.UpdateHost, $"hosts/{name}", change, by,
            async (_, stop) => new OperationResult(Host: hosts.ViewOf(await hosts.UpdateAsync(change, stop))), cancellationToken);
    }

    /// <summary>An operation may have waited for its turn; what has the name now is not what was asked for.</summary>
    private async Task<Source> SameAsync(Source asked, CancellationToken cancellationToken)
    {
        var now = await sources.FindAsync(asked.Name, cancellationToken);
        return now.Id == asked.Id ? now : throw new MigrateException("source.unknown", $"The source '{asked.Name}' was removed meanwhile.", "Ask anew, if the one of its name is meant.");
    }

    private static void MustBeSame(string name, Guid asked, Guid now)
    {
        if (asked != now)
        {
            throw new MigrateException("host.unknown", $"The host '{name}' was removed meanwhile.", "Ask anew, if the one of its name is meant.");
        }
    }

    private async Task<OperationView> BeginAsync(
        OperationKind kind, string subject, object? asked, string by, Func<IProgress<string>, CancellationToken, Task<OperationResult>> act, CancellationToken cancellationToken) =>
        await views.FindAsync(await runner.BeginAsync(kind, subject, asked, by, act, cancellationToken), cancellationToken);

    private sealed class BytesRead(IProgress<string> told, long total) : IProgress<long>
    {
        public void Report(long value) => told.Report($"{Text.Bytes(value)} of {Text.Bytes(total)} read");
    }
}
