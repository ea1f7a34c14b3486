using Migrate.Executor.Sources.Vddk;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;
using Migrate.Planner.VSphere;

namespace Migrate.Executor.Sources;

/// <summary>
/// Opens the readers of one source's disks. All copies of a host share its budget of requests, which ESXi answers with 503 when it is overrun.
/// </summary>
public sealed class DiskReaders(SourceSession source, HostBudgets budgets, VddkOptions? vddk, TimeProvider time)
{
    public DiskReaders(VSphereSession server, HostBudgets budgets, VddkOptions? vddk, TimeProvider time) : this(new SourceSession(server), budgets, vddk, time)
    {
    }

    /// <summary>
    /// The reader that the plan chose for the disk. Refuses a disk whose size is no longer the plan's. Of a VM that runs, a disk can be read only
    /// beside a snapshot: <paramref name="disk"/> then names the file that the snapshot froze.
    /// </summary>
    public async Task<IDiskReader> OpenAsync(Vm vm, PlannedDisk disk, CancellationToken cancellationToken, string? snapshotKey = null)
    {
        if (disk.Reader is ReaderChoice.LocalVmdk or ReaderChoice.RawFile)
        {
            return await OfThePlannedSizeAsync(vm, disk, LocalDisk.Open(vm, disk, source.Folders));
        }
        var session = source.RequireServer();
        IDiskReader reader = disk.Reader switch
        {
            ReaderChoice.HttpsFolder => await OpenFolderAsync(session, vm, disk, cancellationToken),
            ReaderChoice.ExportLease => await LeaseReader.OpenAsync(session, vm.Key, disk.Key, time, snapshotKey, budgets.Exports, cancellationToken),
            ReaderChoice.Vddk when vddk is not null => await VddkReader.OpenAsync(vddk, new VddkDisk(session.Login, vm.Key, disk.FileName, snapshotKey), time, cancellationToken),
            ReaderChoice.Vddk => throw new MigrateException("source.vddk-missing", $"The plan reads {disk.Label} of {vm.Name} through VDDK, which this server was started without.",
                "Start the server with --vddk DIRECTORY, or make the plan again without it."),
            _ => throw new MigrateException("plan.reader-unknown", $"The plan wants the reader '{disk.Reader}' for {disk.Label} of {vm.Name}; this version has none of that name.",
                "Make the plan again with this version."),
        };
        return await OfThePlannedSizeAsync(vm, disk, reader);
    }

    private static async Task<IDiskReader> OfThePlannedSizeAsync(Vm vm, PlannedDisk disk, IDiskReader reader)
    {
        if (reader.CapacityBytes == disk.CapacityBytes)
        {
            return reader;
        }
        await reader.DisposeAsync();
        throw new MigrateException("source.size-changed", $"{disk.Label} of {vm.Name} now has {reader.CapacityBytes} bytes; the plan was made for {disk.CapacityBytes}.",
            "Sync the inventory and make the plan again; the namespace made for the old size has to be deleted with its journal.");
    }

    private Task<FolderReader> OpenFolderAsync(VSphereSession session, Vm vm, PlannedDisk disk, CancellationToken cancellationToken)
    {
        var uri = session.FolderUri(vm.Datacenter, FlatFileOf(disk.FileName));
        // Any call of the API logs in again when the session is gone; this one is cheap.
        var options = new FolderReaderOptions { Budget = budgets.Of(uri), RenewSession = ct => session.ReadVmAsync(vm.Key, ct) };
        return FolderReader.OpenAsync(session.Http, uri, options, time, cancellationToken);
    }

    /// <summary>The file that holds the data beside a descriptor: "[ds1] web01/web01.vmdk" → "[ds1] web01/web01-flat.vmdk".</summary>
    internal static string FlatFileOf(string descriptor)
    {
        const string Extension = ".vmdk";
        var end = descriptor.EndsWith(Extension, StringComparison.OrdinalIgnoreCase) ? descriptor.Length - Extension.Length : descriptor.Length;
        return descriptor[..end].EndsWith("-flat", StringComparison.Ordinal) ? descriptor : $"{descriptor[..end]}-flat{Extension}";
    }
}
