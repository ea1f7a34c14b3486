using System.Text.Json;
using Migrate.Planner.Inventory;

namespace Migrate.Planner.Tests.Inventory;

/// <summary>A body that was stored before a property existed must read as an object that has the property's default.</summary>
public sealed class StoredBodyTests
{
    [Fact]
    public void A_VM_stored_with_little_reads_as_one_with_defaults()
    {
        string old = """{"key":"vm-1","name":"web01","powerState":"poweredOff","disks":[{"key":2000,"label":"Hard disk 1","capacityBytes":1024}],"nics":[{"key":4000,"label":"n","type":"VirtualVmxnet3","macAddress":"","networkKey":null,"networkName":"","connected":true}],"otherDevices":[{"key":1,"type":"VirtualTPM","label":"","summary":""}]}""";
        Vm read = PlannerJson.Read(old, PlannerJson.Default.Vm);
        var expected = new Vm
        {
            Key = "vm-1",
            Name = "web01",
            PowerState = "poweredOff",
            Disks = [new VirtualDisk { Key = 2000, Label = "Hard disk 1", CapacityBytes = 1024 }],
            Nics = [new Nic(4000, "n", "VirtualVmxnet3", "", null, "", true)],
            OtherDevices = [new OtherDevice(1, "VirtualTPM", "", "")],
        };
        Text(read).ShouldBe(Text(expected));
        Should.NotThrow(() => Lasting.Of(read));
    }

    private static string Text(Vm vm) => JsonSerializer.Serialize(vm, PlannerJson.Default.Vm);
}
