using Migrate.Simulator.Estates;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.VirtualMachines;

namespace Migrate.Simulator.Guests;

/// <summary>
/// What guests write while they run. A VM's script (<see cref="EstateWrites"/>) goes on before every request that the simulator answers:
/// so many writes per request, and as many as its rate and the clock ask for. The same estate and the same requests give the same writes.
/// </summary>
public sealed class GuestWrites(Vcenter vcenter)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<VirtualMachine, GuestScript> _scripts = [];
    private bool _paused;

    /// <summary>While true, scripts stand still: a test looks at a disk that must not change under it.</summary>
    public bool Paused
    {
        get => Volatile.Read(ref _paused);
        set => Volatile.Write(ref _paused, value);
    }

    /// <summary>One write; seed 0 writes zeroes, any other one bytes made of it. Sectors of 512 bytes, inside the disk.</summary>
    public void Write(string vm, int disk, long offset, long length, ulong seed)
    {
        var target = Disk(vm, disk, out var machine);
        if (offset < 0 || length <= 0 || offset % 512 != 0 || length % 512 != 0 || offset + length > target.CapacityBytes)
        {
            throw new ArgumentException($"Bytes {offset} to {offset + length} of disk {disk} of '{vm}' are not whole sectors inside the disk ({target.CapacityBytes} bytes).");
        }

        machine.Storage.Write(target, offset, length, seed);
    }

    /// <summary>Many small writes at places that <paramref name="seed"/> chooses.</summary>
    public void Burst(string vm, int disk, int count, int bytes, int seed)
    {
        var target = Disk(vm, disk, out var machine);
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            GuestScript.WriteSomewhere(machine, target, bytes, random);
        }
    }

    internal void GoOn()
    {
        if (Paused)
        {
            return;
        }

        lock (_lock)
        {
            foreach (var script in _scripts.Values)
            {
                script.GoOn(vcenter.Now);
            }
        }
    }

    internal void Begin(VirtualMachine vm, EstateWrites writes)
    {
        lock (_lock)
        {
            _scripts[vm] = new GuestScript(vm, writes, vcenter.Now, BitConverter.ToInt32(StableBytes.Of($"{vcenter.Estate.Seed}/writes/{vm.Name}")));
        }
    }

    private VmDisk Disk(string vm, int index, out VirtualMachine machine)
    {
        machine = vcenter.VmByName(vm);
        return index >= 0 && index < machine.Disks.Count ? machine.Disks[index]
            : throw new ArgumentException($"'{vm}' has disks 0 to {machine.Disks.Count - 1}; there is no disk {index}.");
    }
}
