using Migrate.Planner.VSphere.ChangeTracking;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>
/// Takes a VM's cards off its networks, with a note that says why, and puts both back. Whoever starts the source by mistake after its cutover
/// then has a VM that disturbs nobody. Each change is one task, which changes all of it or nothing, and asking again for what is so already does nothing.
/// </summary>
internal sealed class Isolation(VSphereSession session)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private sealed record Now(string Annotation, string? Power, IReadOnlyList<VirtualEthernetCard> Cards);

    public async Task<VmLinks> ReadAsync(string vmKey, CancellationToken cancellationToken)
    {
        var now = await NowAsync(vmKey, cancellationToken);
        return new VmLinks(now.Annotation, [.. now.Cards.Where(x => x.Connectable?.StartConnected == true).Select(x => x.Key)]);
    }

    /// <param name="vmKey">Which VM; it must be off.</param>
    /// <param name="note">A line of its own that is added to the VM's notes.</param>
    /// <param name="cancellationToken">Ends the waiting; the task itself goes on.</param>
    public async Task CloseAsync(string vmKey, string note, CancellationToken cancellationToken)
    {
        var now = await NowAsync(vmKey, cancellationToken);
        var annotation = now.Annotation.Contains(note, StringComparison.Ordinal) ? now.Annotation
            : now.Annotation.Length == 0 ? note : $"{now.Annotation}\n{note}";
        await ChangeAsync(vmKey, now, [.. now.Cards.Where(x => x.Connectable?.StartConnected == true)], isConnected: false, annotation, cancellationToken);
    }

    /// <summary>Cards that somebody added meanwhile, and what somebody else wrote into the notes, stay as they are.</summary>
    public async Task OpenAsync(string vmKey, VmLinks before, string note, CancellationToken cancellationToken)
    {
        var now = await NowAsync(vmKey, cancellationToken);
        List<VirtualEthernetCard> cards = [.. now.Cards.Where(x => before.ConnectedNics.Contains(x.Key) && x.Connectable?.StartConnected == false)];
        var annotation = now.Annotation.Replace("\n" + note, "", StringComparison.Ordinal).Replace(note, "", StringComparison.Ordinal);
        await ChangeAsync(vmKey, now, cards, isConnected: true, annotation, cancellationToken);
    }

    private async Task ChangeAsync(string vmKey, Now now, List<VirtualEthernetCard> cards, bool isConnected, string annotation, CancellationToken cancellationToken)
    {
        if (cards.Count == 0 && annotation == now.Annotation)
        {
            return;
        }

        foreach (var card in cards)
        {
            card.Connectable.StartConnected = isConnected;
            card.Connectable.Connected = isConnected && now.Power == VirtualMachinePowerState.PoweredOn;
        }

        var task = (await session.CallAsync(new ReconfigVM_TaskRequest
        {
            This = new("VirtualMachine", vmKey),
            Spec = new VirtualMachineConfigSpec
            {
                Annotation = annotation == now.Annotation ? null : annotation,
                DeviceChange = [.. cards.Select(x => new VirtualDeviceConfigSpec { Operation = VirtualDeviceConfigSpecOperation.Edit, Device = x })],
            },
        }, cancellationToken)).Value;
        await new TaskWait(session, Poll).ForAsync(task, $"{(isConnected ? "Connecting" : "Disconnecting")} the network cards of {vmKey}", Limit, cancellationToken);
    }

    private async Task<Now> NowAsync(string vmKey, CancellationToken cancellationToken)
    {
        var vm = await new PropertyReader(session).ReadOneAsync(
            new("VirtualMachine", vmKey), ["config.annotation", "config.hardware.device", "runtime.powerState"], cancellationToken)
            ?? throw VSphereFault.VmVanished(session, vmKey);
        return new Now(
            vm.Text("config.annotation") ?? "",
            vm.Text("runtime.powerState"),
            [.. (vm.Get<ArrayOfVirtualDevice>("config.hardware.device")?.VirtualDevice ?? []).OfType<VirtualEthernetCard>()]);
    }
}
