using Migrate.Planner.Inventory;

namespace Migrate.Planner.Plans;

/// <summary>
/// Which reader gets a disk's bytes, why, and what rate to expect. The rates are mostly others' published measurements
/// (MB = 10^6 bytes): a starting point for an estimate, replaced by what the copy itself measures.
/// </summary>
/// <param name="RateFrom">Where the rate is from.</param>
public sealed record ReaderChoice(string Reader, string Why, long ExpectedBytesPerSecond, string RateFrom)
{
    public const string HttpsFolder = "https-folder";
    public const string ExportLease = "export-lease";
    public const string Vddk = "nbd-vddk";

    /// <summary>A VMDK on the machine that serves, also one inside of an .ova.</summary>
    public const string LocalVmdk = "local-vmdk";

    /// <summary>A raw image on the machine that serves, also one inside of an .ova.</summary>
    public const string RawFile = "raw-file";

    /// <summary>No reader can read the disk; a Critical concern says so.</summary>
    public const string None = "none";

    private const long FastLinkMbps = 10_000;

    private static readonly Rate Lease = new(25_500_000, "the mean of an export's single stream as four users of one product reported it: 18.8, 26.1, 29.3 and 27.8 MB/s");
    private static readonly Rate FolderOnGigabit = new(55_600_000, "one stream from an ESXi host's HTTPS server on 1 GbE, reported at 445 Mbit/s");
    private static readonly Rate FolderOnFastLink = new(146_800_000, "one stream from an ESXi host's HTTPS server on 25 GbE, reported near 140 MiB/s");
    private static readonly Rate VddkNetwork = new(104_900_000, "VDDK's network transport for a VM of one disk, 100 MiB/s in Red Hat's performance guide for MTV");

    private static readonly Rate Local = new(200_000_000, "about what one SATA disk gives sequentially: an SSD gives more, a network share less");
    private static readonly Rate Unpacked = new(170_000_000, "measured here: files that shrink to a third, unpacked by two processors that others used too");

    public static ReaderChoice For(
        Vm vm, VirtualDisk disk, IReadOnlyDictionary<string, Datastore> datastores, IReadOnlyDictionary<string, EsxHost> hosts, ReaderMeans? means = null)
    {
        if (disk is { LocalFile: { } local, Backing: DiskBacking.Flat or DiskBacking.Sparse or DiskBacking.SeSparse })
        {
            return disk.BackingType switch
            {
                "raw" => Of(RawFile, $"the disk is a raw image on this machine ({local.Path}): any range can be read, and its file's holes are known to be zero", Local),
                "streamOptimized" => Of(LocalVmdk, $"the disk is a compressed VMDK on this machine ({local.Path}): its tables say what is allocated, any range can be read", Unpacked),
                _ when disk.Backing == DiskBacking.Flat => Of(LocalVmdk, $"the disk is a flat VMDK on this machine ({local.Path}): any range can be read, and its files' holes are known to be zero", Local),
                _ => Of(LocalVmdk, $"the disk is a file of this machine ({local.Path}): its tables say what is allocated, any range can be read", Local),
            };
        }
        Datastore? datastore = disk.DatastoreKey is null ? null : datastores.GetValueOrDefault(disk.DatastoreKey);
        if (Unreadable(disk, datastore) is { } why)
        {
            return Of(None, why, new Rate(0, ""));
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
        return Of(HttpsFolder, $"a flat file on {datastore.Type} datastore {datastore.Name}: /folder gives any range of it",
            mbps >= FastLinkMbps ? FolderOnFastLink : FolderOnGigabit);

        ReaderChoice Flattened(string why) => means?.Vddk == true
            ? Of(Vddk, $"{why}; VDDK is configured and reads any range through the host, several times an export's rate", VddkNetwork)
            : Of(ExportLease, why, Lease);
    }

    private static ReaderChoice Of(string reader, string why, Rate rate) => new(reader, why, rate.BytesPerSecond, rate.From);

    /// <summary>Why no reader can read the disk, or null when one can.</summary>
    private static string? Unreadable(VirtualDisk disk, Datastore? datastore) => disk switch
    {
        { LocalFile: not null } => $"the file on this machine holds no data: it is of type {disk.BackingType} and only points at a device",
        { Backing: DiskBacking.RawDeviceMapping, RdmCompatibility: not "virtualMode" } =>
            "a raw device mapping in physical mode: vSphere exports neither its bytes nor a snapshot of it",
        { Backing: DiskBacking.RawDisk } => "a whole raw device of the host: vSphere does not export it",
        { Backing: DiskBacking.PersistentMemory } => "a disk in the host's persistent memory: vSphere does not export it",
        { Backing: DiskBacking.Unknown, BackingType: "", DatastoreKey: null } => $"its file ({(disk.FileName.Length == 0 ? "without a name" : disk.FileName)}) was not found on this machine, or is none that is known here",
        { Backing: DiskBacking.Unknown } => $"a backing that is not known here ({(disk.BackingType.Length == 0 ? "without a type" : disk.BackingType)})",
        { EncryptionKeyId: not null } => "an encrypted disk: its file holds only ciphertext, and an encrypted VM cannot be exported",
        _ when datastore is null => "a disk on a datastore that the inventory does not have",
        _ when !datastore.Accessible => $"a disk on datastore {datastore.Name}, which is not accessible",
        _ => null,
    };

    private sealed record Rate(long BytesPerSecond, string From);
}
