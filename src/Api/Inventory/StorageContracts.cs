using Migrate.Planner.Inventory;
using Migrate.Planner.Iser;

namespace Migrate.Api.Inventory;

/// <summary>A datastore with everything below it.</summary>
/// <param name="Key">Managed object id.</param>
/// <param name="Name">Its name in vSphere.</param>
/// <param name="Type">VMFS, NFS, vsan …</param>
/// <param name="Media">What the data lies on, as far as vSphere tells.</param>
/// <param name="Vsan">The cluster whose vSAN it is; null for other types.</param>
/// <param name="Warnings">What is weak about any of the ways down, each once with the hosts that it holds for.</param>
/// <param name="Rows">One per host, extent and path.</param>
public sealed record DatastoreTopology(
    string Key, string Name, string Type, MediaClass Media, VsanCluster? Vsan, IReadOnlyList<string> Warnings, IReadOnlyList<TopologyView> Rows);

/// <summary>The iSER adapters of a host; a host without any has none.</summary>
/// <param name="Host">Name of the ESXi host.</param>
/// <param name="Adapters">In the order of the host's adapters.</param>
public sealed record HostIser(string Host, IReadOnlyList<IserAdapter> Adapters);

/// <summary>An iSER adapter, what carries it, and what iSER needs.</summary>
/// <param name="Adapter">Device name, e.g. vmhba66.</param>
/// <param name="Confidence">How sure it is that it is iSER: certain or probable.</param>
/// <param name="Reason">Why.</param>
/// <param name="Chain">E.g. "vmhba66 → vmrdma0 → vmnic4 (vmk2)"; a "?" for a link that is not known.</param>
/// <param name="SpeedMbps">Of the link; 0 when unknown.</param>
/// <param name="Flavour">RoCE v1, RoCE v2, iWARP; empty when the device announces none.</param>
/// <param name="Checks">Every requirement with its outcome, evidence and remedy.</param>
public sealed record IserAdapter(
    string Adapter, string Confidence, string Reason, string Chain, long SpeedMbps, string Flavour, IReadOnlyList<RequirementCheck> Checks);

/// <summary>Evidence of flow control around a host, which vSphere's API does not show: of its NICs, of the switch, or of both.</summary>
/// <param name="Host">Name of the ESXi host.</param>
/// <param name="Esxcli">Output of "esxcli network nic pauseParams list" and of "esxcli network nic dcb status get -n vmnicN", one after the other; null: what was given before holds on.</param>
/// <param name="Switch">What the switch's ports do: Pfc, Pause or None; null: what was said before holds on.</param>
/// <param name="SwitchNote">Which switch and ports, ECN, where it was seen: at most 500 characters.</param>
public sealed record FlowControlEvidence(string Host, string? Esxcli = null, SwitchFlowControl? Switch = null, string? SwitchNote = null);
