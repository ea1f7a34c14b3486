using System.Xml.Linq;
using Migrate.Simulator.Soap;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.VirtualMachines;

/// <summary>A network card is to be connected at power-on, or not.</summary>
internal sealed record NicEdit(int Index, bool StartConnected)
{
    private const int FirstKey = 4000;

    /// <param name="vm">Whose card it is.</param>
    /// <param name="change">A VirtualDeviceConfigSpec.</param>
    public static NicEdit Of(VirtualMachine vm, XElement change)
    {
        var device = change.Child("device");
        var index = device?.Int("key") - FirstKey ?? -1;
        if (change.ChildText("operation") != "edit" || vm.Source.Nics is not { } cards || index < 0 || index >= cards.Count || device?.Child("connectable") is not { } connectable)
        {
            throw new VimFaultException(new DataObject("NotSupported"), "This simulator changes the size of disks and the connection of cards that are there, and no other device.");
        }

        if (connectable.ChildFlag("connected") && vm.State.Power != "poweredOn")
        {
            throw VimFaultException.InvalidPowerState("poweredOn", vm.State.Power);
        }

        return new NicEdit(index, connectable.ChildFlag("startConnected"));
    }

    public void Run(VirtualMachine vm) => vm.Edit(x => x with { Nics = [.. x.Nics!.Select((card, i) => i == Index ? card with { Connected = StartConnected } : card)] });
}
