using Migrate.Planner.Inventory;

namespace Migrate.Planner.Plans;

/// <summary>
/// Which reader gets a disk's bytes out of vSphere, why, and what rate to expect. The rates are others' published measurements
/// (MB = 10^6 bytes): a starting point for an estimate, replaced by what the copy itself measures.
/// </summary>
public sealed record ReaderChoice(string Reader, string Why, long ExpectedBytesPerSecond)
{
    public const string HttpsFolder = "https-folder";
    public const string ExportLease = "export-lease";
    public const string Vddk = "nbd-vddk";

    /// <summary>A VMDK on the machine that serves, also one inside of an .ova.</summary>
    public const string LocalVmdk = "local-vmdk";

    /// <summary>No reader can read the disk; a Critical concern says so.</summary>
    public const string None = "none";

    // An NFC lease's single stream was reported at 18.8, 26.1, 29.3 and 27.8 MB/s by four users of one product: their mean.
    private const long LeaseRate = 25_500_000;

    // One TCP stream from an ESXi host's HTTPS server was reported at 445 Mbit/s on 1 GbE and near 140 MiB/s on 25 GbE.
    private const long FolderRateOnGigabit = 55_600_000;
    private const long FolderRateOnFastLink = 146_800_000;
    private const long FastLinkMbps = 10_000;

    // What a SATA disk gives sequentially; an SSD is faster, a copy over the network slower.
    private const long LocalRate = 200_000_000;

    // VDDK's network transport was measured at 100 MiB/s for a VM of one disk by Red Hat's performance guide for MTV.
    private const long VddkRate = 104_900_000;

    public static ReaderChoice For(
        Vm vm, VirtualDisk disk, IReadOnlyDictionary<string, Datastore> datastores, IReadOnlyDictionary<string, EsxHost> hosts, ReaderMeans? means = null)
    {
        if (disk is { LocalFile: { } local, Backing: DiskBacking.Flat or DiskBacking.Sparse or DiskBacking.SeSparse })
        {
            return new ReaderChoice(LocalVmdk, $"the disk is a file of this machine ({local.Path}): its tables say what is allocated, any range can be read", LocalRate);
        }
        Datastore? datastore = disk.DatastoreKey is null ? null : datastores.GetValueOrDefault(disk.DatastoreKey);
        if (Unreadable(disk, datastore) is { } why)
        {
            return new ReaderChoice(None, why, 0);
        }
        if (datastore!.IsVsan || datastore.Type.Equals("VVOL", StringComparison.OrdinalIgnoreCase))
        {
            return Flattened($"{datastore.Name} is of type {datastore.Type}: the disk is an object and no file, so /folder has nothing to give");
        }
        if (disk.Backing == DiskBacking.RawDeviceMapping)
        {
            return Flattened("a raw device mapping in virtual mode: /folder has only the mapping file, an export reads through it");
        }
        if (disk.ParentCount > 0 || vm.SnapshotCount > 0 || disk.Backing is DiskBacking.SeSparse or DiskBacking.Sparse)
        {
            return Flattened("the disk is a chain of snapshot files or sparse: only the ESXi host can flatten it");
        }
        long mbps = vm.HostKey is not null && hosts.TryGetValue(vm.HostKey, out EsxHost? host) ? host.PhysicalNics.Select(nic => nic.SpeedMbps).DefaultIfEmpty().Max() : 0;
        return new ReaderChoice(HttpsFolder, $"a flat file on {datastore.Type} datastore {datastore.Name}: /folder gives any range of it",
            mbps >= FastLinkMbps ? FolderRateOnFastLink : FolderRateOnGigabit);

        ReaderChoice Flattened(string why) => means?.Vddk == true
            ? new ReaderChoice(Vddk, $"{why}; VDDK is configured and reads any range through the host, several times an export's rate", VddkRate)
            : new ReaderChoice(ExportLease, why, LeaseRate);
    }

    /// <summary>Why no reader can read the disk, or null when one can.</summary>
    private static string? Unreadable(VirtualDisk disk, Datastore? datastore) => disk switch
    {
        { Backing: DiskBacking.RawDeviceMapping, RdmCompatibility: not "virtualMode" } =>
            "a raw device mapping in physical mode: vSphere exports neither its bytes nor a snapshot of it",
        { Backing: DiskBacking.RawDisk } => "a whole raw device of the host: vSphere does not export it",
        { Backing: DiskBacking.PersistentMemory } => "a disk in the host's persistent memory: vSphere does not export it",
        { Backing: DiskBacking.Unknown } => $"a backing that is not known here ({(disk.BackingType.Length == 0 ? "without a type" : disk.BackingType)})",
        { EncryptionKeyId: not null } => "an encrypted disk: its file holds only ciphertext, and an encrypted VM cannot be exported",
        _ when datastore is null => "a disk on a datastore that the inventory does not have",
        _ when !datastore.Accessible => $"a disk on datastore {datastore.Name}, which is not accessible",
        _ => null,
    };
}
