using Migrate.Planner.Inventory;
using Migrate.Planner.Iser;

namespace Migrate.Planner.Tests.Iser;

public sealed class IserChecksTests
{
    private static readonly StorageAdapter Hba = new()
    {
        Key = "key-vim.host.InternetScsiHba-vmhba64",
        Device = "vmhba64",
        Driver = "iser",
        Kind = AdapterKind.Iser,
        Iqn = "iqn.1998-01.com.vmware:esx01",
        RdmaDevice = "vmrdma0",
        Chap = "none",
        Targets = [new IscsiTarget("192.0.2.10", 3260, "iqn.2004-04.com.qnap:ts-h1290fx:iscsi.t1.1")],
        PortBindings = [new PortBinding("vmk2", "vmnic4", "vSwitch1", "iSER-A", true, "", "active")],
    };

    /// <summary>A host whose one iSER adapter lacks nothing that vSphere shows.</summary>
    private static readonly EsxHost Good = new()
    {
        Key = "host-1",
        Name = "esx01.example",
        Adapters = [Hba],
        RdmaDevices =
        [
            new RdmaDevice("r0", "vmrdma0", "nmlx5_rdma", "ConnectX-6", "n4", 25_000, RoceV1: true, RoceV2: true, Iwarp: false) { State = "Active", Mtu = 4096 },
            new RdmaDevice("r1", "vmrdma1", "nmlx5_rdma", "ConnectX-6", "n5", 25_000, RoceV1: true, RoceV2: true, Iwarp: false) { State = "Active", Mtu = 4096 },
        ],
        PhysicalNics = [new PhysicalNic("n4", "vmnic4", "nmlx5_core", "", 25_000), new PhysicalNic("n5", "vmnic5", "nmlx5_core", "", 25_000)],
        VmkernelAdapters =
        [
            new VmkernelAdapter("v2", "vmk2") { Mtu = 9000, PortGroup = "iSER-A", SwitchKey = "s1", ActiveUplinks = ["vmnic4"], TeamingKnown = true },
            new VmkernelAdapter("v3", "vmk3") { Mtu = 9000, PortGroup = "iSER-B", SwitchKey = "s2", ActiveUplinks = ["vmnic5"], TeamingKnown = true },
        ],
        Switches = [new HostSwitch("s1", "vSwitch1", false) { Mtu = 9000, Uplinks = ["vmnic4"] }, new HostSwitch("s2", "vSwitch2", false) { Mtu = 9000, Uplinks = ["vmnic5"] }],
        Luns = [new Lun { Key = "l0", CanonicalName = "naa.6e843b61", Paths = [new LunPath("vmhba64:C0:T0:L0", "active", true, Hba.Key, "")] }],
    };

    [Fact]
    public void An_adapter_that_lacks_nothing_leaves_only_flow_control_open()
    {
        var report = IserChecks.Of(Good).ShouldHaveSingleItem();

        report.Chain.ToString().ShouldBe("vmhba64 → vmrdma0 → vmnic4 (vmk2)");
        report.CanCarryData.ShouldBeTrue();
        report.Checks.Select(c => c.Id).ShouldBeUnique();
        report.Checks.Where(c => c.Outcome == RequirementOutcome.Unknown).Select(c => c.Id).ShouldBe(["iser.flow-control"]);
        report.Checks.Where(c => c.Outcome == RequirementOutcome.NotNeeded).Select(c => c.Id).ShouldBe(["iser.infiniband-switch"]);
        report.Checks.ShouldAllBe(c => c.Evidence.Length > 0 && (c.Outcome != RequirementOutcome.NotMet || c.Remedy.Length > 0));
    }

    public static TheoryData<string, RequirementOutcome, string, EsxHost> Findings() => new()
    {
        { "iser.rdma-device", RequirementOutcome.NotMet, "no RDMA device", Good with { RdmaDevices = [] } },
        { "iser.rdma-device", RequirementOutcome.NotMet, "paired with no uplink", Good with { RdmaDevices = [Good.RdmaDevices[0] with { PairedUplinkKey = null }] } },
        { "iser.rdma-device", RequirementOutcome.NotMet, "vmrdma0 is Down", Good with { RdmaDevices = [Good.RdmaDevices[0] with { State = "Down" }] } },
        { "iser.link-speed", RequirementOutcome.NotMet, "1 Gbit/s", Good with { RdmaDevices = [Good.RdmaDevices[0] with { SpeedMbps = 1000 }] } },
        { "iser.link-speed", RequirementOutcome.Met, "10 Gbit/s", Good with { RdmaDevices = [Good.RdmaDevices[0] with { SpeedMbps = 10_000 }] } },
        { "iser.link-speed", RequirementOutcome.Unknown, "no link speed", Good with { RdmaDevices = [Good.RdmaDevices[0] with { SpeedMbps = 0 }], PhysicalNics = [Good.PhysicalNics[0] with { SpeedMbps = 0 }] } },
        { "iser.fabric", RequirementOutcome.Met, "RoCE v1, RoCE v2", Good },
        { "iser.fabric", RequirementOutcome.Unknown, "InfiniBand", Flavour(false, false, false) },
        { "iser.infiniband-switch", RequirementOutcome.Unknown, "not visible", Flavour(false, false, false) },
        { "iser.flow-control", RequirementOutcome.NotNeeded, "iWARP only", Flavour(false, false, true) },
        { "iser.iscsi-stack", RequirementOutcome.NotMet, "no target", With(Hba with { Targets = [] }) },
        { "iser.iscsi-stack", RequirementOutcome.NotMet, "has no IQN", With(Hba with { Iqn = null }) },
        { "iser.target", RequirementOutcome.Unknown, "no LUN", Good with { Luns = [] } },
        { "iser.target", RequirementOutcome.NotMet, "all 1 paths", Good with { Luns = [Good.Luns[0] with { Paths = [Good.Luns[0].Paths[0] with { State = "dead" }] }] } },
        { "iser.port-binding", RequirementOutcome.Unknown, "could not be read", With(Hba with { PortBindings = null }) },
        { "iser.port-binding", RequirementOutcome.NotMet, "nothing is bound", With(Hba with { PortBindings = [] }) },
        { "iser.port-binding", RequirementOutcome.NotMet, "vmk2 goes over vmnic5", With(Hba with { PortBindings = [Hba.PortBindings![0] with { Uplink = "vmnic5" }] }) },
        { "iser.port-binding", RequirementOutcome.NotMet, "not compliant (IscsiFaultVnicHasMultipleUplinks)", With(Hba with { PortBindings = [Hba.PortBindings![0] with { Compliant = false, Complaint = "IscsiFaultVnicHasMultipleUplinks" }] }) },
        { "iser.port-binding", RequirementOutcome.NotMet, "2 VMkernel adapters", With(Hba with { PortBindings = [Hba.PortBindings![0], Hba.PortBindings[0] with { Vmkernel = "vmk3" }] }) },
        { "iser.port-binding", RequirementOutcome.NotMet, "vmk2 is bound to vmhba65 too", With(Hba, Hba with { Key = "k65", Device = "vmhba65" }) },
        { "iser.no-teaming", RequirementOutcome.NotMet, "active vmnic4, standby vmnic5", Vmkernel(v => v with { StandbyUplinks = ["vmnic5"] }) },
        { "iser.no-teaming", RequirementOutcome.NotMet, "active vmnic4, vmnic5", Vmkernel(v => v with { ActiveUplinks = ["vmnic4", "vmnic5"] }) },
        { "iser.no-teaming", RequirementOutcome.Unknown, "distributed port group", Vmkernel(v => v with { TeamingKnown = false, ActiveUplinks = ["vmnic4", "vmnic5"] }) },
        { "iser.no-teaming", RequirementOutcome.Met, "vmnic4 only", Vmkernel(v => v with { TeamingKnown = false }) },
        { "iser.no-teaming", RequirementOutcome.Unknown, "could not be read", With(Hba with { PortBindings = null }) },
        { "iser.one-rdma-per-switch", RequirementOutcome.NotMet, "vSwitch1 has 2: vmnic4, vmnic5", Good with { Switches = [Good.Switches[0] with { Uplinks = ["vmnic4", "vmnic5"] }] } },
        { "iser.one-rdma-per-switch", RequirementOutcome.Unknown, "not known", Good with { Switches = [] } },
        { "iser.apart-from-software-iscsi", RequirementOutcome.Met, "no software iSCSI", Good },
        { "iser.apart-from-software-iscsi", RequirementOutcome.NotMet, "over vmnic4 too", With(Hba, Software([new PortBinding("vmk1", "vmnic4", null, null, true, "", "")], [])) },
        { "iser.apart-from-software-iscsi", RequirementOutcome.NotMet, "192.0.2.10:3260 too", With(Hba, Software([], [new IscsiTarget("192.0.2.10", 3260, null)])) },
        { "iser.apart-from-software-iscsi", RequirementOutcome.Met, "other NICs and targets", With(Hba, Software([], [new IscsiTarget("192.0.2.99", 3260, null)])) },
        { "iser.apart-from-software-iscsi", RequirementOutcome.Unknown, "could not be read", With(Hba, Software(null, [])) },
        { "iser.mtu", RequirementOutcome.NotMet, "vmk2 has 1500, vSwitch1 has 9000", Vmkernel(v => v with { Mtu = 1500 }) },
        { "iser.mtu", RequirementOutcome.NotMet, "does not fit vmk2's 1500", Vmkernel(v => v with { Mtu = 1500 }) },
        { "iser.mtu", RequirementOutcome.Unknown, "not known", Vmkernel(v => v with { Mtu = 0 }) },
    };

    [Theory]
    [MemberData(nameof(Findings))]
    public void A_requirement_is_judged_by_what_was_seen(string id, RequirementOutcome outcome, string evidence, EsxHost host)
    {
        var check = IserChecks.Of(host)[0].Checks.Single(c => c.Id == id);

        check.Outcome.ShouldBe(outcome, check.Evidence);
        check.Evidence.ShouldContain(evidence);
    }

    private const string PauseTable = """
        NIC     Pause Params Supported  Pause RX  Pause TX  Auto Negotiation
        ------  ----------------------  --------  --------  ----------------
        vmnic4  true                    true      true      false
        vmnic5  true                    true      false     false
        """;

    private const string RightAligned = """
        NIC     Pause Params Supported  Pause RX  Pause TX  Auto Negotiation
        ------  ----------------------  --------  --------  ----------------
        vmnic4                    true      true      true             false
        vmnic5                    true      true     false             false
        """;

    private const string Dcb = """
           Nic Name: vmnic5
           Mode: 3 - IEEE Mode
           Enabled: true
           PFC Enabled: true
           PFC Configuration: 0 0 0 1 0 0 0 0
        """;

    [Theory]
    [InlineData(PauseTable, "vmnic4", RequirementOutcome.Met, "pause RX on, pause TX on")]
    [InlineData(PauseTable, "vmnic5", RequirementOutcome.NotMet, "pause RX on, pause TX off")]
    [InlineData(RightAligned, "vmnic4", RequirementOutcome.Met, "pause RX on, pause TX on")]
    [InlineData(RightAligned, "vmnic5", RequirementOutcome.NotMet, "pause RX on, pause TX off")]
    [InlineData(PauseTable + "\n" + Dcb, "vmnic5", RequirementOutcome.Met, "PFC on")]
    [InlineData(Dcb, "vmnic4", RequirementOutcome.Unknown, "does not show it")]
    [InlineData("command not found", "vmnic4", RequirementOutcome.Unknown, "does not show it")]
    public void What_esxcli_shows_of_flow_control_is_evidence(string shown, string uplink, RequirementOutcome outcome, string evidence)
    {
        var host = Good with { RdmaDevices = [Good.RdmaDevices[0] with { PairedUplinkKey = uplink == "vmnic4" ? "n4" : "n5" }] };

        var check = IserChecks.Of(host, new HostFlowControl(FlowControl.Parse(shown), null, null))[0].Checks.Single(c => c.Id == "iser.flow-control");

        check.Outcome.ShouldBe(outcome);
        check.Evidence.ShouldContain(evidence);
    }

    [Fact]
    public void Other_adapters_have_no_report() => IserChecks.Of(With(Hba with { Kind = AdapterKind.HardwareIscsi })).ShouldBeEmpty();

    [Fact]
    public void Without_its_own_word_the_chain_is_told_by_what_is_bound() =>
        RdmaChain.Of(Good, Hba with { RdmaDevice = null, PortBindings = [new PortBinding("vmk3", "vmnic5", null, null, null, "", "")] }).ToString().ShouldBe("vmhba64 → vmrdma1 → vmnic5 (vmk3)");

    private static EsxHost With(params StorageAdapter[] adapters) => Good with { Adapters = adapters };

    private static EsxHost Vmkernel(Func<VmkernelAdapter, VmkernelAdapter> change) => Good with { VmkernelAdapters = [change(Good.VmkernelAdapters[0])] };

    private static EsxHost Flavour(bool v1, bool v2, bool iwarp) => Good with { RdmaDevices = [Good.RdmaDevices[0] with { RoceV1 = v1, RoceV2 = v2, Iwarp = iwarp }] };

    private static StorageAdapter Software(IReadOnlyList<PortBinding>? bindings, IReadOnlyList<IscsiTarget> targets) =>
        new() { Key = "sw", Device = "vmhba70", Kind = AdapterKind.SoftwareIscsi, PortBindings = bindings, Targets = targets };

    [Theory]
    [InlineData("pfc", SwitchFlowControl.Pfc, RequirementOutcome.Met)]
    [InlineData("pause", SwitchFlowControl.Pause, RequirementOutcome.Met)]
    [InlineData("pfc", null, RequirementOutcome.Met)]
    [InlineData("pfc", SwitchFlowControl.None, RequirementOutcome.NotMet)]
    [InlineData("pfc", SwitchFlowControl.Pause, RequirementOutcome.NotMet)]
    [InlineData("pause", SwitchFlowControl.Pfc, RequirementOutcome.NotMet)]
    [InlineData("off", SwitchFlowControl.Pfc, RequirementOutcome.NotMet)]
    [InlineData("", SwitchFlowControl.None, RequirementOutcome.NotMet)]
    [InlineData("", SwitchFlowControl.Pfc, RequirementOutcome.Unknown)]
    [InlineData("", null, RequirementOutcome.Unknown)]
    public void NIC_and_switch_have_to_do_the_same(string nic, SwitchFlowControl? switchDoes, RequirementOutcome outcome)
    {
        var host = Good;
        var uplink = RdmaChain.Of(host, host.Adapters.First(a => a.Kind == AdapterKind.Iser)).Uplink!.Device;
        var given = new Testimony("anna", new DateTime(2026, 3, 2, 8, 0, 0, DateTimeKind.Utc));
        var known = new HostFlowControl(
            nic.Length == 0 ? HostFlowControl.Unknown.Nics : new Dictionary<string, FlowControl> { [uplink] = new(nic == "pause", nic == "pause", nic == "pfc") },
            given, switchDoes is { } kind ? new SwitchStatement(kind, "leaf1, ECN on", given with { By = "ben" }) : null);

        var check = IserChecks.Of(host, known)[0].Checks.Single(c => c.Id == "iser.flow-control");

        check.Outcome.ShouldBe(outcome);
        check.Evidence.Contains("given by anna, 2026-03-02 08:00 UTC").ShouldBe(nic.Length > 0);
        check.Evidence.Contains("\"leaf1, ECN on\" (given by ben").ShouldBe(switchDoes is not null);
        (check.Remedy.Length > 0).ShouldBe(outcome != RequirementOutcome.Met);
    }
}
