using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Api.Hosting;
using Migrate.Api.Concerns;
using Migrate.Api.Inventory;
using Migrate.Api.Plans;
using Migrate.Api.Runs;
using Migrate.Executor.Runs;
using Migrate.Executor.Runs.Gates;
using Migrate.Executor.Validation;
using Migrate.Planner;
using Migrate.Planner.Baselines;
using Migrate.Planner.Offline;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Api.Reports;

/// <summary>Collects the numbers of a report from the database.</summary>
internal sealed class ReportMaker(
    ConcernViews concerns, PassViews passes,
    IDbContextFactory<MigrateDb> databases, InventoryReader inventory, BaselineStore baselines, PlanViews plans, TimeProvider time)
{
    private const int MostRuns = 50;
    private const int MostPasses = 100;
    private const int MostEvents = 500;

    public async Task<RunReport> OfRunAsync(Guid runId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var run = await db.Runs.AsNoTracking().SingleOrDefaultAsync(r => r.Id == runId, cancellationToken)
            ?? throw new MigrateException("run.unknown", $"There is no run {runId}.", "See 'migrate run list'.");
        var plan = await db.Plans.AsNoTracking().SingleAsync(p => p.Id == run.PlanId, cancellationToken);
        var planVm = await db.PlanVms.AsNoTracking().SingleAsync(v => v.Id == run.PlanVmId, cancellationToken);
        var source = await db.Sources.AsNoTracking().SingleAsync(s => s.Id == plan.SourceId, cancellationToken);
        var host = await db.KvmHosts.AsNoTracking().SingleAsync(h => h.Id == plan.KvmHostId, cancellationToken);
        var version = await db.InventoryVersions.AsNoTracking()
            .SingleAsync(v => v.SourceId == source.Id && v.Number == plan.InventoryVersion, cancellationToken);
        var detail = await inventory.FindVmAsync(source.Id, plan.InventoryVersion, run.VmKey, cancellationToken);
        var datastores = await inventory.NamesAsync(source.Id, plan.InventoryVersion, InventoryKind.Datastore, cancellationToken);
        var planned = JsonSerializer.Deserialize(planVm.Disks, PlannerJson.Default.IReadOnlyListPlannedDisk) ?? [];
        var verify = PlannerJson.Read(plan.Policy, PlannerJson.Default.PlanPolicy).Verify;
        var disks = await db.RunDisks.AsNoTracking().Where(d => d.RunId == runId).OrderBy(d => d.DiskKey).ToListAsync(cancellationToken);
        var events = await db.RunEvents.AsNoTracking().Where(e => e.RunId == runId).OrderBy(e => e.Id).Take(MostEvents).ToListAsync(cancellationToken);
        var verdict = Verdict.Of(run);
        // The one that its verdict was made with, and not one that was collected since.
        var baseline = run.BaselineId is { } id ? await baselines.LoadAsync(id, cancellationToken) : await baselines.LoadLatestAsync(source.Id, run.VmKey, cancellationToken);
        return new RunReport
        {
            ToolVersion = ProductVersion.Value,
            GeneratedAt = time.GetUtcNow().UtcDateTime,
            RunId = run.Id,
            Plan = plan.Name,
            Wave = run.Wave,
            Vm = run.VmName,
            Phase = run.Phase,
            Outcome = verdict?.Outcome,
            FailedVerdict = FailedVerdict.Of(run),
            Attempt = run.Attempt,
            StartedAt = run.StartedAt,
            FinishedAt = run.FinishedAt,
            Failure = run.ErrorCode is null ? null : new ReportFailure(run.ErrorCode, run.Error ?? "", run.Remedy ?? "", Lines(run.LeftBehind)),
            Source = SourceOf(source, version, detail),
            Destination = DestinationOf(run, host),
            Disks = [.. disks.Select(d => DiskOf(d, planned.FirstOrDefault(p => p.Key == d.DiskKey), datastores) with { Verified = d.VerifiedAt is null ? null : verify })],
            Passes = await passes.NewestAsync(runId, MostPasses, cancellationToken),
            Aspects = verdict?.Aspects ?? [],
            Latencies = verdict?.Latencies ?? [],
            Baseline = ReportBaseline.Of(baseline),
            SourceChanges = RunViews.SourceChangesOf(run),
            Downtime = DowntimeView.Of(run, time.GetUtcNow().UtcDateTime),
            TimeLine = [.. events.Select(RunViews.ViewOf)],
        };
    }

    public async Task<PlanReport> OfPlanAsync(string name, CancellationToken cancellationToken)
    {
        var rows = new List<PlanReportRow>();
        PlanView plan;
        do
        {
            plan = await PlanEndpoints.FindAsync(plans, name, null, rows.Count, Paging.Largest, cancellationToken);
            rows.AddRange(await RowsAsync(plan, cancellationToken));
        }
        while (plan.Vms.Items.Count > 0 && rows.Count < plan.Vms.Total);

        var reports = new List<RunReport>();
        foreach (var runId in rows.Where(r => r.RunId is not null).Select(r => r.RunId!.Value).Take(MostRuns))
        {
            reports.Add(await OfRunAsync(runId, cancellationToken));
        }

        return new PlanReport(
            ProductVersion.Value, time.GetUtcNow().UtcDateTime, plan.Name, plan.SourceName, plan.KvmHostName, plan.InventoryVersion, rows,
            await concerns.OverridesAsync(plan.Id, cancellationToken), await concerns.LatestCheckAsync(plan.Id, cancellationToken), reports);
    }

    private async Task<List<PlanReportRow>> RowsAsync(PlanView plan, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var ids = plan.Vms.Items.Select(v => v.Id).ToList();
        var runs = await db.Runs.AsNoTracking().Where(r => ids.Contains(r.PlanVmId)).Select(RunStore.Listed).ToListAsync(cancellationToken);
        var newest = runs.GroupBy(r => r.PlanVmId).ToDictionary(g => g.Key, g => g.MaxBy(r => r.CreatedAt)!);
        return
        [
            .. plan.Vms.Items.Select(v =>
            {
                var run = newest.GetValueOrDefault(v.Id);
                return new PlanReportRow(
                    v.VmName, v.Wave, new ConcernCounts(v.CriticalCount, v.WarningCount, v.InformationCount), run?.Id, run?.Phase, run?.Outcome,
                    v.Disks.Sum(d => d.CapacityBytes), (run?.FinishedAt - run?.StartedAt)?.TotalSeconds, run?.Error);
            }),
        ];
    }

    private static ReportSource SourceOf(Source source, InventoryVersion version, VmDetail? detail) => new(
        source.Name,
        source.Kind == SourceKind.VSphere ? source.Url : string.Join(", ", OfflineSources.Paths(source)),
        InventoryReader.ViewOf(version).About,
        version.Number,
        detail?.HostName ?? "",
        detail?.Vm.GuestFullName ?? "",
        detail?.Vm.PowerState ?? "",
        detail?.Vm.CpuCount ?? 0,
        detail?.Vm.MemoryBytes ?? 0,
        detail?.Vm.Firmware ?? "",
        detail?.Topology ?? []);

    private static ReportDestination DestinationOf(Run run, KvmHost host) => new(
        host.Name,
        host.Uri,
        host.DomainType == "auto" ? host.ProbedDomainType : host.DomainType,
        host.ProbeDetail,
        host.EffectiveAttachment,
        run.DomainName,
        run.DomainXml,
        run.DomainReasons is null ? [] : JsonSerializer.Deserialize(run.DomainReasons, RunsJson.Default.IReadOnlyListSettingReason) ?? []);

    private static ReportDisk DiskOf(RunDisk disk, PlannedDisk? planned, Dictionary<string, string> datastores)
    {
        var seconds = (disk.CopyFinishedAt - disk.CopyStartedAt)?.TotalSeconds;
        return new ReportDisk(
            disk.Label,
            planned?.FileName ?? "",
            planned?.DatastoreKey is { } key ? datastores.GetValueOrDefault(key, key) : "",
            disk.Reader,
            planned?.Why ?? "",
            disk.NamespaceUuid,
            disk.CapacityBytes,
            disk.BytesRead,
            disk.BytesWritten,
            disk.BytesZero,
            seconds,
            seconds > 0 ? disk.CapacityBytes / seconds : null,
            disk.SourceHash,
            disk.DestinationHash,
            disk.SourceHash is null || disk.DestinationHash is null ? null : disk.SourceHash == disk.DestinationHash);
    }

    private static IReadOnlyList<string> Lines(string json) => JsonSerializer.Deserialize(json, PlannerJson.Default.IReadOnlyListString) ?? [];
}
