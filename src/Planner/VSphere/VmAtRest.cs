using System.Globalization;
using Migrate.Planner.VSphere.ChangeTracking;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>
/// What a VM looked like while it was off. Compared with the source later, it tells whether the VM ran in between and so whether its disks may
/// hold something else now: being off at both moments proves nothing.
/// </summary>
/// <param name="At">When, by the server's clock, UTC.</param>
/// <param name="ConfigVersion">config.changeVersion: written anew when the VM is started, and with every change of its settings.</param>
/// <param name="Disks">Change id of each disk by its device key, where it has one.</param>
public sealed record VmAtRest(DateTime At, string? ConfigVersion, IReadOnlyDictionary<int, string> Disks)
{
    /// <summary>A VM that runs, or did.</summary>
    private static readonly string[] Starts =
    [
        nameof(VmStartingEvent), nameof(VmPoweredOnEvent), nameof(DrsVmPoweredOnEvent), nameof(VmRestartedOnAlternateHostEvent), nameof(VmResumingEvent), nameof(VmResettingEvent),
    ];

    /// <summary>What moves a configuration's version while the VM stays off.</summary>
    private static readonly string[] Edits = [nameof(VmReconfiguredEvent), nameof(VmRenamedEvent), nameof(VmRelocatedEvent), nameof(VmMigratedEvent), nameof(DrsVmMigratedEvent)];

    private static readonly string[] HarmlessTasks =
        ["createSnapshot", "Snapshot.remove", "removeAllSnapshots", "consolidateDisks", "VirtualMachine.reconfigure", "VirtualMachine.rename", "VirtualMachine.relocate", "VirtualMachine.migrate"];

    private static readonly string[] HarmfulTasks = ["powerOn", "VirtualMachine.reset", "revertTo", "rebootGuest"];

    /// <summary>The error of a VM that is needed off and is not.</summary>
    public const string NotOffCode = "source.not-off";

    /// <exception cref="MigrateException">source.not-off; source.vm-vanished.</exception>
    public static async Task<VmAtRest> ReadAsync(VSphereSession session, string vmKey, CancellationToken cancellationToken)
    {
        var at = await session.ReadClockAsync(cancellationToken); // First: what happens from here on counts.
        var vm = await TrackedVm.ReadAsync(session, vmKey, cancellationToken);
        return vm.PowerState == VirtualMachinePowerState.PoweredOff ? Of(vm, at) : throw NotOff(vm);
    }

    /// <summary>
    /// Why the VM's disks may hold something else than when this was read, in words; null when the VM has been off ever since. A configuration
    /// that changed without an event that explains it counts as a run: events can be missing, a copy of stale data cannot be taken back.
    /// </summary>
    /// <exception cref="MigrateException">source.not-off: it runs now.</exception>
    public async Task<string?> WhyDisturbedAsync(VSphereSession session, string vmKey, CancellationToken cancellationToken)
    {
        var now = await ReadAsync(session, vmKey, cancellationToken);
        var events = await EventsAsync(session, vmKey, cancellationToken);
        if (events.FirstOrDefault(x => Is(x, Starts, HarmfulTasks)) is { } start)
        {
            return string.Create(CultureInfo.InvariantCulture, $"it was started at {start.CreatedTime.ToUniversalTime():u} ({NameOf(start)})");
        }

        var changed = now.ConfigVersion != ConfigVersion ? "its configuration was written anew"
            : now.Disks.FirstOrDefault(x => Disks.TryGetValue(x.Key, out var before) && before != x.Value) is { Value: { } id } disk ? $"disk {disk.Key} has another change id ({id})"
            : null;
        return changed is null || events.Any(x => Is(x, Edits, HarmlessTasks)) ? null : $"{changed} since {At:u}, and no event tells that it was only edited";
    }

    /// <summary>As this, with the version that the caller's own edit of the configuration has just made: events that would explain it can be missing.</summary>
    /// <exception cref="MigrateException">source.not-off.</exception>
    public async Task<VmAtRest> AfterEditAsync(VSphereSession session, string vmKey, CancellationToken cancellationToken) =>
        this with { ConfigVersion = (await ReadAsync(session, vmKey, cancellationToken)).ConfigVersion };

    private static VmAtRest Of(TrackedVm vm, DateTime at) =>
        new(at, vm.ConfigVersion, vm.Disks.Where(x => !string.IsNullOrEmpty(x.ChangeId)).ToDictionary(x => x.Key, x => x.ChangeId!));

    private static MigrateException NotOff(TrackedVm vm) => new(
        NotOffCode, $"The VM '{vm.Name}' is {vm.PowerState} on the source, although its run needs it off.", "Shut it down and retry the run.");

    private async Task<Event[]> EventsAsync(VSphereSession session, string vmKey, CancellationToken cancellationToken)
    {
        try
        {
            var found = (await session.CallAsync(
                new QueryEventsRequest
                {
                    This = session.Content.EventManager,
                    Filter = new EventFilterSpec
                    {
                        Entity = new EventFilterSpecByEntity { Entity = new ManagedObjectReference("VirtualMachine", vmKey), Recursion = "self" },
                        Time = new EventFilterSpecByTime { BeginTime = At },
                        EventTypeId = [.. Starts, .. Edits, nameof(TaskEvent)],
                    },
                }, cancellationToken)).Value ?? [];
            return [.. found.Where(x => x.CreatedTime.ToUniversalTime() >= At)];
        }
        catch (VSphereFault fault) when (!fault.IsTransient)
        {
            return []; // Not every account may read them, and not every server keeps them: then the configuration's version alone decides.
        }
    }

    private static bool Is(Event found, string[] types, string[] tasks) => found is TaskEvent task
        ? tasks.Any(x => task.Info?.DescriptionId?.Contains(x, StringComparison.OrdinalIgnoreCase) == true)
        : types.Contains(found.GetType().Name);

    private static string NameOf(Event found) => (found as TaskEvent)?.Info?.DescriptionId ?? found.GetType().Name;
}
