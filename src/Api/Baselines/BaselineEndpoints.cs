using Microsoft.AspNetCore.Http.HttpResults;
using Migrate.Api.Security;
using System.ComponentModel;
using Migrate.Api.Inventory;
using Migrate.Planner;
using Migrate.Planner.Baselines;
using Migrate.Planner.Baselines.Collection;
using Migrate.Planner.Baselines.Histograms;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Baselines;

internal static class BaselineEndpoints
{
    private const int MostDays = 400;

    public static void MapBaselines(this RouteGroupBuilder api)
    {
        var baselines = api.MapGroup("sources/{source}/baselines").WithTags("Baselines");
        baselines.MapGet("", async (string source, [Description("Part of the name.")] string? filter, [AsParameters] Paging paging, SourceRegister register, BaselineReader reader, CancellationToken cancellationToken) =>
            await reader.ListAsync(await register.FindAsync(source, cancellationToken), filter, paging, cancellationToken))
            .OrderedBy(BaselineReader.Orders).WithName("ListBaselines").WithSummary("VMs whose storage counters are collected, or were.").ProducesProblem(404);
        baselines.MapGet("load", async (string source, SourceRegister register, BaselineReader reader, CancellationToken cancellationToken) =>
            await reader.LoadAsync(await register.FindAsync(source, cancellationToken), cancellationToken))
            .WithName("GetBaselineLoad").WithSummary("What collecting costs the source: calls per poll and minute.").ProducesProblem(404);
        baselines.MapPost("start", StartAsync).Needs(Role.Operator).WithName("StartBaselines")
            .WithSummary("Collects the VMs' realtime counters from now on; a stopped VM goes on.").ProducesProblem(404).ProducesProblem(422);
        baselines.MapPost("stop", StopAsync).Needs(Role.Operator).WithName("StopBaselines")
            .WithSummary("Stops collecting; what was collected stays.").ProducesProblem(404).ProducesProblem(422);
        baselines.MapGet("{vm}", ShowAsync).WithName("GetBaseline")
            .WithSummary("Profiles by hour of the week per disk, imported histograms, and how far they can be trusted.").ProducesProblem(404);
        baselines.MapDelete("{vm}", RemoveAsync).Needs(Role.Operator).WithName("RemoveBaseline")
            .WithSummary("Forgets a VM's samples, gaps and events; imported histograms stay.").ProducesProblem(404);
        baselines.MapPost("{vm}/histograms", ImportAsync).Needs(Role.Operator).WithName("ImportHistograms")
            .WithSummary("Takes in histograms of single I/Os: vscsiStats' CSV or fio's JSON.").ProducesProblem(404).ProducesProblem(422);
    }

    internal static async Task<BaselineChange> StartAsync(
        string source, ChooseVms request, SourceRegister register, BaselineReader reader, BaselineWatches watches, BaselineService service, CancellationToken cancellationToken)
    {
        var found = await register.FindAsync(source, cancellationToken);
        if (found.Kind != SourceKind.VSphere)
        {
            throw new MigrateException("baseline.source-offline", $"Source '{source}' is made of files: nothing runs there that could be measured.", "Add the vCenter or ESXi host as a source.");
        }

        var began = await watches.StartAsync(found.Id, await reader.ChosenAsync(found, request, cancellationToken), cancellationToken);
        service.Wake(found.Id);
        return new BaselineChange(began, await reader.CollectedAsync(found.Id, cancellationToken));
    }

    internal static async Task<BaselineChange> StopAsync(
        string source, ChooseVms request, SourceRegister register, BaselineReader reader, BaselineWatches watches, CancellationToken cancellationToken)
    {
        var found = await register.FindAsync(source, cancellationToken);
        IReadOnlyList<string>? keys = request is { All: true, Vms: null } ? null : [.. (await reader.ChosenAsync(found, request, cancellationToken)).Select(vm => vm.Key)];
        var stopped = await watches.StopAsync(found.Id, keys, cancellationToken);
        return new BaselineChange(stopped, await reader.CollectedAsync(found.Id, cancellationToken));
    }

    private static async Task<CollectedBaseline> ShowAsync(
        string source,
        string vm,
        [Description("How many days before the newest sample count; 28 when absent.")] int? days,
        SourceRegister register,
        BaselineReader reader,
        CollectedBaselines baselines,
        CancellationToken cancellationToken)
    {
        var found = await register.FindAsync(source, cancellationToken);
        var window = days is null ? CollectedBaselines.DefaultWindow : TimeSpan.FromDays(Math.Clamp(days.Value, 1, MostDays));
        return await baselines.LoadAsync(found.Id, await reader.VmAsync(found, vm, cancellationToken), window, cancellationToken) ?? throw Nothing(source, vm);
    }

    internal static async Task<NoContent> RemoveAsync(
        string source, string vm, SourceRegister register, BaselineReader reader, BaselineWatches watches, CancellationToken cancellationToken)
    {
        var found = await register.FindAsync(source, cancellationToken);
        var key = (await reader.VmAsync(found, vm, cancellationToken)).Key;
        return await watches.RemoveAsync(found.Id, key, cancellationToken) ? TypedResults.NoContent() : throw Nothing(source, vm);
    }

    private static async Task<DiskHistograms> ImportAsync(
        string source, string vm, ImportHistograms request, SourceRegister register, BaselineReader reader, HistogramImport import, CancellationToken cancellationToken)
    {
        var found = await register.FindAsync(source, cancellationToken);
        return await import.ImportAsync(
            found.Id, await reader.VmAsync(found, vm, cancellationToken), request.Origin, request.Content, request.Disk, request.Handle, request.CountedFrom, request.CountedTo,
            cancellationToken);
    }

    private static MigrateException Nothing(string source, string vm) => new(
        "baseline.not-found", $"Nothing was collected yet of the VM '{vm}' of source '{source}'.", $"Start it with 'migrate baseline start --source {source} --vm {vm}'; the first samples come within a minute.");
}
