using System.Text;
using Migrate.Executor.Destinations;
using Migrate.Executor.Destinations.Facts;
using Migrate.Executor.Preflight;
using Migrate.Executor.Preflight.Paths;
using Migrate.Planner.Concerns;

namespace Migrate.Executor.Tests.Preflight;

public sealed class PreflightRulesTests
{
    private static readonly Dictionary<string, (PreflightContext Context, string Id, ConcernSeverity Severity, string Words)> Cases = new()
    {
        ["a gap"] = (With(f => f with { Gaps = [new FactGap("clock", "nobody answers")] }), "kvm.facts", ConcernSeverity.Information, "nobody answers"),
        ["old facts"] = (With(f => f with { ReadAt = SampleHosts.Now.AddDays(-8) }), "kvm.facts-old", ConcernSeverity.Warning, "8 days ago"),
        ["libvirt 5.1"] = (With(f => f with { Libvirt = new Version(5, 1, 9) }), "kvm.libvirt-version", ConcernSeverity.Critical, "5.1.9"),
        ["libvirt 6.2"] = (With(f => f with { Libvirt = new Version(6, 2, 0) }), "kvm.libvirt-version", ConcernSeverity.Warning, "native AIO"),
        ["QEMU 3.1"] = (With(f => f with { Qemu = new Version(3, 1, 0) }), "kvm.qemu-version", ConcernSeverity.Critical, "3.1.0"),
        ["QEMU 5.1"] = (With(f => f with { Qemu = new Version(5, 1, 0) }), "kvm.qemu-version", ConcernSeverity.Warning, "5.1.0"),
        ["QEMU 7.1.0"] = (With(f => f with { Qemu = new Version(7, 1, 0) }), "kvm.qemu-known-bad", ConcernSeverity.Critical, "issue 1193"),
        ["QEMU 10.2.1"] = (With(f => f with { Qemu = new Version(10, 2, 1) }), "kvm.qemu-known-bad", ConcernSeverity.Warning, "499 ms"),
        ["Windows on AMD"] = (With(f => f with { Cpu = f.Cpu with { Vendor = "AMD" } }) with { Vms = [SampleHosts.Vm("windows2019srvNext_64Guest")] }, "kvm.qemu-known-bad", ConcernSeverity.Warning, "arch-capabilities"),
        ["no io_uring"] = (With(f => f with { IoUring = new IoUringState(false, "kernel.io_uring_disabled is 2") }), "kvm.io-uring-host", ConcernSeverity.Information, "is 2"),
        ["kernel 5.10"] = (With(f => f with { Kernel = "5.10.0-28-amd64" }), "kvm.io-uring-host", ConcernSeverity.Warning, "not used"),
        ["kernel 5.14"] = (With(f => f with { Kernel = "5.14.0-1" }), "kvm.io-uring-host", ConcernSeverity.Warning, "used, and young"),
        ["RHEL 9.6"] = (With(f => f with { Distribution = new HostDistribution("rocky", "9.6", "Rocky Linux 9.6", ["rhel", "fedora"]) }), "kvm.io-uring-host", ConcernSeverity.Information, "before 9.8"),
        ["Skylake to Haswell"] = (SampleHosts.Good with { Vms = [SampleHosts.Vm(evc: "intel-skylake")] }, "kvm.cpu-features", ConcernSeverity.Warning, "avx512f"),
        ["AMD to Intel"] = (SampleHosts.Good with { Vms = [SampleHosts.Vm(evc: "amd-piledriver")] }, "kvm.cpu-features", ConcernSeverity.Information, "AMD CPUs"),
        ["300 vCPUs"] = (SampleHosts.Good with { Vms = [SampleHosts.Vm(cpus: 300)] }, "kvm.vcpu-limit", ConcernSeverity.Critical, "288"),
        ["no memory"] = (SampleHosts.Good with { Vms = [SampleHosts.Vm(memory: 201L << 30)] }, "kvm.memory-free", ConcernSeverity.Warning, "204800 MiB"),
        ["no free core"] = (SampleHosts.Good with { Vms = [SampleHosts.Vm(cpus: 64)] }, "kvm.iothread-polling", ConcernSeverity.Information, "65 vCPUs and IOThreads"),
        ["FAT"] = (With(f => f with { Mounts = [new HostMount("/", "/dev/sda1", "ext4", "rw", 1L << 40, 1L << 39), new HostMount("/srv", "/dev/sdb1", "vfat", "rw", 1L << 40, 1L << 39)] }), "kvm.discard", ConcernSeverity.Warning, "vfat"),
        ["no discard"] = (With(f => f with { BlockDevices = [new HostBlockDevice { Path = "/dev/nvme0n1p1" }] }), "kvm.discard", ConcernSeverity.Information, "no discards"),
        ["exported by LIO"] = (With(f => f with { Exports = [new HostExport("lio", "d1", "/srv/migrate/ns/1.raw")] }), "export.single-protocol", ConcernSeverity.Critical, "lio exports it as d1"),
        ["the device exported by tgt"] = (With(f => f with { Exports = [new HostExport("tgt", "iqn.x", "/dev/nvme0n1p1")] }), "export.single-protocol", ConcernSeverity.Critical, "tgt"),
        ["two exporters"] = (With(f => f with { Exports = [new HostExport("lio", "d1", "/dev/vg/a"), new HostExport("nvmet", "nqn.x", "/dev/vg/a")] }), "export.single-protocol", ConcernSeverity.Critical, "lio (d1) and by nvmet (nqn.x)"),
        ["no way to the target"] = (SampleHosts.Good with { AttachProblems = ["It is not known at which address the host 'kvm1' reaches the target."] }, "nvme.attach", ConcernSeverity.Critical, "at which address"),
        ["not root"] = (Software(s => s with { IsRoot = false }), "nvme.attach", ConcernSeverity.Critical, "not root's"),
        ["no nvme-cli"] = (Software(s => s with { NvmeCli = null }), "nvme.cli", ConcernSeverity.Critical, "no nvme-cli"),
        ["no nvme-cli, files"] = (Software(s => s with { NvmeCli = null }) with { Attachment = "backing" }, "nvme.cli", ConcernSeverity.Information, "not needed"),
        ["no module"] = (Software(s => s with { NvmeTcp = "missing" }), "nvme.tcp-module", ConcernSeverity.Critical, "no nvme-tcp"),
        ["module not loaded"] = (Software(s => s with { NvmeTcp = "available" }), "nvme.tcp-module", ConcernSeverity.Information, "not loaded"),
        ["no autoconnect"] = (Software(s => s with { NvmeAutoconnect = null }), "nvme.autoconnect", ConcernSeverity.Warning, "not there"),
        ["no multipath"] = (Software(s => s with { NvmeMultipath = false }), "nvme.autoconnect", ConcernSeverity.Warning, "multipath is off"),
        ["bad NQN"] = (SampleHosts.Good with { Nqn = "nqn.2026-13.org.example:a" }, "nvme.nqn", ConcernSeverity.Critical, "form nqn.yyyy-mm"),
        ["mistyped NQN"] = (SampleHosts.Good with { Nqn = "nqn.2026-01.org.migrate:tarqet", KnownNqns = ["nqn.2026-01.org.migrate:target"] }, "nvme.nqn", ConcernSeverity.Critical, "tarqet"),
        ["NQN of a target that is not heard of"] = (SampleHosts.Good with { Nqn = "nqn.2026-01.org.migrate:target", DiscoveryProblem = "connection refused" }, "nvme.nqn", ConcernSeverity.Information, "could not be asked from this machine: connection refused"),
        ["closed port"] = (Port(4420, PortOutcome.Closed), "net.port", ConcernSeverity.Critical, "is closed"),
        ["filtered discovery"] = (Port(8009, PortOutcome.Filtered), "net.port", ConcernSeverity.Warning, "firewall"),
        ["too long"] = (Path(PathOutcome.TooLong), "net.jumbo-path", ConcernSeverity.Critical, "-s 8972 10.0.4.2"),
        ["swallowed"] = (Path(PathOutcome.Swallowed), "net.jumbo-path", ConcernSeverity.Critical, "swallowed"),
        ["no answer to ping"] = (Path(PathOutcome.Unreachable), "net.jumbo-path", ConcernSeverity.Warning, "no answer"),
        ["not tried"] = (Path(PathOutcome.NotTried), "net.jumbo-path", ConcernSeverity.Information, "not tried"),
        ["two MTUs"] = (Path(PathOutcome.Passes, 1500), "net.jumbo-path", ConcernSeverity.Critical, "9000 on this machine, 1500 on root@kvm1"),
        ["small frames"] = (Nic(n => n with { Mtu = 1500 }), "net.mtu", ConcernSeverity.Warning, "MTU 1500"),
        ["1 Gbit/s"] = (Nic(n => n with { SpeedMbps = 1000 }), "net.speed", ConcernSeverity.Warning, "1000 Mbit/s"),
        ["half duplex"] = (Nic(n => n with { Duplex = "half" }), "net.speed", ConcernSeverity.Warning, "half duplex"),
        ["checksums"] = (Nic(n => n with { Errors = n.Errors with { RxErrors = 1, RxCrc = 1 } }), "net.errors", ConcernSeverity.Warning, "1 of checksums"),
        ["errors"] = (Nic(n => n with { Errors = n.Errors with { TxErrors = 21 } }), "net.errors", ConcernSeverity.Warning, "21 send errors"),
        ["default route"] = (Nic(n => n with { DefaultRoute = true }), "net.route", ConcernSeverity.Warning, "default route"),
        ["router"] = (Port(4420, PortOutcome.Nvme, "10.9.9.9"), "net.route", ConcernSeverity.Information, "router"),
        ["far node"] = (Nic(n => n with { NumaNode = 1 }, f => f with { NumaNodes = 2 }), "net.numa", ConcernSeverity.Information, "node 1 of 2"),
        ["clock not set"] = (With(f => f with { Clock = new HostClock(false, "timedatectl: NTPSynchronized=no", 0, 0) }), "kvm.clock", ConcernSeverity.Warning, "not synchronised"),
        ["clock ahead"] = (With(f => f with { Clock = new HostClock(true, "", 6.5, 0.5) }), "kvm.clock", ConcernSeverity.Warning, "6.5 s ahead of"),
        ["full"] = (With(f => f with { Mounts = [f.Mounts[0], f.Mounts[1] with { FreeBytes = 4096 }] }), "kvm.space", ConcernSeverity.Critical, "0 MiB free"),
        ["nearly full"] = (With(f => f with { Mounts = [f.Mounts[0], f.Mounts[1] with { FreeBytes = 500 << 20 }] }), "kvm.space", ConcernSeverity.Warning, "500 MiB free"),
        ["full pool"] = (With(f => f with { Pools = [f.Pools[0] with { AvailableBytes = 4L << 30 }] }), "kvm.space", ConcernSeverity.Warning, "storage pool default"),
        ["no virt-v2v"] = (Software(s => s with { VirtV2v = null, VirtV2vInPlace = null }) with { Vms = [SampleHosts.Vm()] }, "kvm.virt-v2v", ConcernSeverity.Warning, "no virt-v2v"),
        ["no virt-v2v, and the plan converts"] = (Software(s => s with { VirtV2vInPlace = null }) with { Vms = [SampleHosts.Vm()], Converts = true }, "kvm.virt-v2v", ConcernSeverity.Critical, "no virt-v2v-in-place"),
        ["Windows 2019"] = (SampleHosts.Good with { Vms = [SampleHosts.Vm("windows2019srv_64Guest")] }, "kvm.virtio-win", ConcernSeverity.Warning, "vioscsi and NetKVM for 2k19"),
        ["no virtio-win"] = (Software(s => s with { VirtioWin = null }), "kvm.virtio-win", ConcernSeverity.Information, "no virtio-win"),
        ["no UEFI"] = (With(f => f with { Efi = false }), "kvm.uefi", ConcernSeverity.Information, "UEFI"),
        ["no TPM"] = (With(f => f with { TpmEmulator = false }), "kvm.swtpm", ConcernSeverity.Information, "TPM"),
        ["no LVM filter"] = (With(f => f with { Tuning = new HostTuning { LvmDevicesFile = false } }), "kvm.lvm-filter", ConcernSeverity.Warning, "every device"),
        ["powersave"] = (With(f => f with { Tuning = f.Tuning! with { Governor = "powersave" } }), "kvm.governor", ConcernSeverity.Information, "powersave"),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_wrong_with_a_host_is_found(string name)
    {
        var (context, id, severity, words) = Cases[name];
        var found = PreflightRules.Judge(context).Where(concern => concern.Id == id).ToList().ShouldHaveSingleItem();
        found.Severity.ShouldBe(severity);
        found.Assessment.ShouldContain(words);
        found.Remedy.ShouldNotBeEmpty();
    }

    [Fact]
    public void Nothing_is_said_against_a_good_host_and_its_VMs()
    {
        PreflightRules.Judge(SampleHosts.Good).ShouldBeEmpty();
        PreflightRules.Judge(SampleHosts.Good with { Vms = [SampleHosts.Vm(evc: "intel-haswell"), SampleHosts.Vm("windows2019srvNext_64Guest")] }).ShouldBeEmpty();
        PreflightRules.Judge(Path(PathOutcome.Passes)).ShouldBeEmpty();
        PreflightRules.Judge(Port(4420, PortOutcome.Nvme)).ShouldBeEmpty();
        PreflightRules.Judge(SampleHosts.Good with { Nqn = "nqn.2026-01.org.migrate:target", KnownNqns = ["nqn.2026-01.org.migrate:target"] }).ShouldBeEmpty();
    }

    [Fact]
    public void A_mistyped_NQN_comes_with_the_likely_one() =>
        PreflightRules.Judge(Cases["mistyped NQN"].Context).Single().Remedy.ShouldBe("Did you mean nqn.2026-01.org.migrate:target?");

    [Fact]
    public void Every_rule_is_listed_explained_and_tried()
    {
        typeof(IPreflightRule).Assembly.GetTypes().Where(type => type.IsAssignableTo(typeof(IPreflightRule)) && type.IsClass)
            .ShouldBe(PreflightRules.All.Select(rule => rule.GetType()), ignoreOrder: true);
        PreflightRules.All.Select(rule => rule.Id).ShouldBeUnique();
        PreflightRules.All.ShouldAllBe(rule => rule.Label.Length > 5 && rule.Finds.EndsWith('.') && rule.Assessment.EndsWith('.') && rule.Remedy.EndsWith('.') && rule.Source.Length > 5);
        PreflightRules.All.Where(rule => !rule.Finds.Contains(rule.Severity.ToString())).Select(rule => rule.Id).ShouldBeEmpty("the most severe is named");
        Cases.Values.Select(one => one.Id).Distinct().ShouldBe(PreflightRules.All.Select(rule => rule.Id), ignoreOrder: true);
        foreach (var rule in PreflightRules.All)
        {
            Cases.Values.Where(one => one.Id == rule.Id).Max(one => one.Severity).ShouldBe(rule.Severity, rule.Id);
            if (rule.SaidByPlan is { } other)
            {
                ConcernCatalogue.Find(other).Id.ShouldBe(other);
            }
        }
    }

    /// <summary>docs/hosts.md lists the rules: MIGRATE_WRITE_DOCS=1 makes this test write them instead of comparing.</summary>
    [Fact]
    public void The_documentation_lists_every_rule_as_it_is()
    {
        const string Heading = "## What is checked\n";
        var path = Repository.PathOf("docs", "hosts.md");
        var page = File.ReadAllText(path);
        var text = new StringBuilder(page[..(page.IndexOf(Heading, StringComparison.Ordinal) + Heading.Length)]).Append('\n');
        foreach (var rule in PreflightRules.All)
        {
            text.Append($"### `{rule.Id}`: {rule.Label}\n\n{rule.Finds} {rule.Assessment}\n\n*Remedy*: {rule.Remedy} *Source*: {rule.Source}.\n\n");
            foreach (var line in rule.Details)
            {
                text.Append($"* {line}\n");
            }

            if (rule.Details.Count > 0)
            {
                text.Append('\n');
            }
        }

        var whole = text.ToString().TrimEnd('\n') + "\n";
        if (Environment.GetEnvironmentVariable("MIGRATE_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path, whole);
        }

        page = File.ReadAllText(path);
        page.ShouldBe(whole, "run this test with MIGRATE_WRITE_DOCS=1 and commit docs/hosts.md");
    }

    private static PreflightContext With(Func<KvmHostFacts, KvmHostFacts> spoil) => SampleHosts.Good with { Facts = spoil(SampleHosts.Facts) };

    private static PreflightContext Software(Func<HostSoftware, HostSoftware> spoil) => With(facts => facts with { Software = spoil(facts.Software!) });

    /// <summary>The interface carries storage traffic, because a target's port was tried through it.</summary>
    private static PreflightContext Nic(Func<HostNic, HostNic> spoil, Func<KvmHostFacts, KvmHostFacts>? also = null)
    {
        var facts = SampleHosts.Facts with { Nics = [spoil(SampleHosts.Nic())] };
        return Port(4420, PortOutcome.Nvme) with { Facts = also is null ? facts : also(facts) };
    }

    private static PreflightContext Port(int port, PortOutcome outcome, string address = "10.0.4.2") =>
        SampleHosts.Good with { Ports = [new PortResult("root@kvm1", address, port, outcome, "what was said")] };

    private static PreflightContext Path(PathOutcome outcome, int mtuThere = 9000) => SampleHosts.Good with
    {
        Paths =
        [
            new PathResult("this machine", "10.0.4.7", "ens1", 9000, 8972, PathOutcome.Passes, null, "") { Pair = "10.0.4.2 - 10.0.4.7" },
            new PathResult("root@kvm1", "10.0.4.2", "ens1f0", mtuThere, 8972, outcome, 1500, "words") { Pair = "10.0.4.2 - 10.0.4.7" },
        ],
    };
}
