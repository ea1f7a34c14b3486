using System.Collections.Concurrent;
using Migrate.Executor.Copy;
using Migrate.Executor.Runs.Steps;
using Migrate.Executor.Sources;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Probes;

/// <summary>Reads the first extent (1 MiB) of every disk by the reader that the plan chose for it.</summary>
public sealed class DiskReadProbe(HostBudgets budgets, ExecutorOptions options, TimeProvider time) : IConcernProbe
{
    // An export holds its VM, and ESXi allows few at a time; a VM's disks are read one after the other.
    private const int VmsAtOnce = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public ProbeDescription Description => ProbeDescriptions.DiskRead;

    public bool NeedsSource => true;

    public async Task<ProbeResult> RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        var findings = new ConcurrentBag<ProbeFinding>();
        var tried = 0;
        var session = context.Session ?? throw new ArgumentException("Disks are read from a source.", nameof(context));
        var readers = new DiskReaders(session, budgets, options.Vddk, time);
        await Parallel.ForEachAsync(context.Vms, new ParallelOptions { MaxDegreeOfParallelism = VmsAtOnce, CancellationToken = cancellationToken }, async (one, ct) =>
        {
            foreach (var (disk, concern) in await VmAsync(session, readers, one, ct))
            {
                Interlocked.Increment(ref tried);
                if (concern is not null)
                {
                    findings.Add(new ProbeFinding(one.Vm.Key, concern));
                }
            }
        });
        return new ProbeResult(tried, [.. findings.OrderBy(x => x.VmKey, StringComparer.Ordinal).ThenBy(x => x.Concern.Subject, StringComparer.Ordinal)]);
    }

    /// <summary>One VM's disks; that the source says nothing of a VM is a finding on each of its disks, and none on other VMs.</summary>
    private static async Task<IReadOnlyList<(PlannedDisk Disk, Concern? Concern)>> VmAsync(SourceSession session, DiskReaders readers, ProbedVm one, CancellationToken cancellationToken)
    {
        Vm? now;
        try
        {
            now = await session.ReadVmAsync(one.Vm.Key, cancellationToken);
        }
        catch (MigrateException e)
        {
            return [.. one.Disks.Select(disk => (disk, (Concern?)Failed(disk, $"the source says nothing of its VM: {e.Message}", e.Remedy)))];
        }

        var found = new List<(PlannedDisk, Concern?)>();
        foreach (var disk in one.Disks)
        {
            found.Add((disk, now switch
            {
                null => Failed(disk, "the source no longer has the VM", "Synchronise the inventory and make the plan again."),
                { PowerState: not SourceVm.PoweredOff } => ProbeDescriptions.DiskRead.Find(
                    ConcernSeverity.Information, disk.Label, $"{disk.Label} was not tried: the VM is {now.PowerState}, and its disks are locked until it is shut down.", "Nothing; or check again while it is off."),
                _ => await ReadAsync(readers, one, disk, cancellationToken),
            }));
        }

        return found;
    }

    private static async Task<Concern?> ReadAsync(DiskReaders readers, ProbedVm one, PlannedDisk disk, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            await using var reader = await readers.OpenAsync(one.Vm, disk, limit.Token);
            long read = 0;
            await foreach (var chunk in reader.ReadAsync(0, limit.Token))
            {
                using (chunk)
                {
                    read += chunk.Length;
                }

                if (read >= Math.Min(Extent.Size, disk.CapacityBytes))
                {
                    return null;
                }
            }

            return Failed(disk, $"it ended after {read} bytes", "Look at the datastore's health in vSphere.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Failed(disk, $"nothing came within {Patience.TotalSeconds:0} s", "Look at the load of the source's host and its network.");
        }
        catch (MigrateException e)
        {
            return Failed(disk, e.Message, e.Remedy);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or InvalidDataException)
        {
            return Failed(disk, e.Message, null);
        }
    }

    private static Concern Failed(PlannedDisk disk, string why, string? remedy) => ProbeDescriptions.DiskRead.Find(
        ConcernSeverity.Critical, disk.Label, $"The first MiB of {disk.Label} could not be read by {disk.Reader}: {why}", remedy ?? "Mend what the message says and check again.");
}
