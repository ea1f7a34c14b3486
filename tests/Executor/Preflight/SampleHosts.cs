using Migrate.Executor.Destinations;
using Migrate.Executor.Destinations.Facts;
using Migrate.Executor.Preflight;
using Migrate.Planner.Inventory;

namespace Migrate.Executor.Tests.Preflight;

/// <summary>A host that nothing can be said against; tests spoil one thing of it.</summary>
internal static class SampleHosts
{
    public static readonly DateTime Now = new(2026, 10, 1, 12, 0, 0, DateTimeKind.Utc);
    public static readonly string[] Haswell = ["pni", "ssse3", "cx16", "sse4_1", "sse4_2", "popcnt", "aes", "pclmulqdq", "avx", "xsave", "f16c", "rdrand", "fsgsbase", "smep", "avx2", "bmi1", "bmi2", "fma", "movbe", "abm", "invpcid"];

    public static HostNic Nic(string name = "ens1f0") => new()
    {
        Name = name,
        Kind = "physical",
        Driver = "mlx5_core",
        SpeedMbps = 25_000,
        Duplex = "full",
        Mtu = 9000,
        State = "up",
        Addresses = ["10.0.4.7/24"],
        Errors = new NicErrors(1_000_000, 0, 0, 0, 1_000_000, 0, 0),
    };

    public static KvmHostFacts Facts { get; } = new()
    {
        Uri = "qemu+ssh://root@kvm1/system",
        HostName = "kvm1",
        Libvirt = new Version(11, 3, 0),
        Qemu = new Version(10, 0, 2),
        Kernel = "6.12.9-amd64",
        Cpus = 64,
        MemoryBytes = 256L << 30,
        AvailableBytes = 200L << 30,
        IoUring = new IoUringState(true, "io_uring_setup succeeds"),
        DomainTypes = ["kvm"],
        Efi = true,
        SecureBoot = true,
        TpmEmulator = true,
        ReadAt = Now.AddMinutes(-5),
        Cpu = new CpuFacts { Vendor = "Intel", Name = "a Haswell", Flags = Haswell, MaxVcpus = 288 },
        Distribution = new HostDistribution("debian", "13", "Debian GNU/Linux 13", []),
        Software = new HostSoftware
        {
            IsRoot = true,
            NvmeCli = "2.13",
            NvmeTcp = "loaded",
            NvmeMultipath = true,
            NvmeAutoconnect = "enabled",
            VirtV2v = "2.7",
            VirtV2vInPlace = "/usr/bin/virt-v2v-in-place",
            VirtioWin = new VirtioWin("/usr/share/virtio-win", [new VirtioWinDriver("vioscsi", "2k22"), new VirtioWinDriver("netkvm", "2k22")]),
        },
        Clock = new HostClock(true, "chronyc: leap status Normal", 0.01, 0.2),
        Tuning = new HostTuning { Governor = "performance", LvmDevicesFile = true },
        Nics = [Nic()],
        Mounts = [new HostMount("/", "/dev/sda1", "ext4", "rw", 100L << 30, 50L << 30), new HostMount("/srv", "/dev/nvme0n1p1", "xfs", "rw", 4L << 40, 2L << 40)],
        BlockDevices = [new HostBlockDevice { Path = "/dev/nvme0n1p1", Type = "part", DiscardMaxBytes = 1 << 30 }, new HostBlockDevice { Path = "/dev/sda1", Type = "part", DiscardMaxBytes = 1 << 30 }],
        Pools = [new HostPool("default", "dir", "/var/lib/libvirt/images", true, 100L << 30, 50L << 30)],
    };

    public static PreflightContext Good { get; } = new() { Host = "kvm1", Facts = Facts, Attachment = "nvme-tcp", Now = Now, TargetDirectory = "/srv/migrate" };

    public static PreflightVm Vm(string guestId = "debian12_64Guest", string? evc = null, int cpus = 4, long memory = 8L << 30) =>
        new(new Vm { Key = "vm-1", Name = "db01", PowerState = "poweredOff", GuestId = guestId, CpuCount = cpus, MemoryBytes = memory }, evc);
}
