namespace Migrate.Planner.Iser;

/// <summary>Whether frames can be lost on the way: of what NIC and switch are shown or said to do, both have to be the same kind.</summary>
internal static class FlowControlCheck
{
    private const string Id = "iser.flow-control";
    private const string Requirement = "Flow control or PFC on NIC and switch, so that RoCE loses no frames";
    private const string SwitchOn = "Switch on PFC for the storage's priority, or pause frames in both directions, on NIC and switch alike.";

    public static RequirementCheck Of(RdmaChain chain, HostFlowControl known)
    {
        if (chain.Device is { Iwarp: true, RoceV1: false, RoceV2: false })
        {
            return new(Id, Requirement, RequirementOutcome.NotNeeded, $"{chain.Device.Device} speaks iWARP only, whose TCP repeats what is lost", "");
        }

        var uplink = chain.Uplink?.Device;
        var nic = uplink is null ? null : known.Nics.GetValueOrDefault(uplink);
        var isShown = nic is not null && (nic.PriorityFlowControl is not null || nic.PauseReceive is not null);
        var (pfc, pause) = (nic?.PriorityFlowControl == true, nic is { PauseReceive: true, PauseTransmit: true });
        var evidence = $"{(nic is null ? "vSphere's API does not show it" : $"{uplink}: {nic}{Given(known.NicsGiven)}")}; {OfSwitch(known.Switch)}";
        return (isShown, pfc || pause, known.Switch?.Kind) switch
        {
            (_, _, SwitchFlowControl.None) => NotMet(SwitchOn),
            (true, false, _) => NotMet(SwitchOn),
            (true, true, SwitchFlowControl.Pfc) when !pfc => NotMet("The NIC pauses whole links and the switch priorities: give both the same kind."),
            (true, true, SwitchFlowControl.Pause) when !pause => NotMet("The NIC pauses priorities and the switch whole links: give both the same kind."),
            (true, true, _) => new(Id, Requirement, RequirementOutcome.Met, evidence, ""),
            _ => new(Id, Requirement, RequirementOutcome.Unknown, evidence, nic is not null ? "Give the outputs of both commands."
                : $"Give the output of 'esxcli network nic pauseParams list' and 'esxcli network nic dcb status get -n {uplink ?? "vmnicN"}'{(known.Switch is null ? ", and say what the switch's ports do" : "")}."),
        };

        RequirementCheck NotMet(string remedy) => new(Id, Requirement, RequirementOutcome.NotMet, evidence, remedy);
    }

    private static string OfSwitch(SwitchStatement? said) => said is null ? "the switch is not visible from here"
        : $"switch: {said.Kind switch { SwitchFlowControl.Pfc => "PFC", SwitchFlowControl.Pause => "pause frames", _ => "no flow control" }}{(said.Note.Length > 0 ? $", \"{said.Note}\"" : "")}{Given(said.Given)}";

    private static string Given(Testimony? given) => given is null ? "" : $" (given by {given})";
}
