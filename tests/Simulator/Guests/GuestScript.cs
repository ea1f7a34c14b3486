using Migrate.Simulator.Estates;
using Migrate.Simulator.VirtualMachines;

namespace Migrate.Simulator.Guests;

/// <summary>The writes of one VM: a part of them goes to one hot stretch of each disk, an eighth writes zeroes.</summary>
internal sealed class GuestScript(VirtualMachine vm, EstateWrites writes, DateTime started, int seed)
{
    private const double MostPerRequest = 100_000;

    private readonly Random _random = new(seed);
    private double _written;

    public void GoOn(DateTime now)
    {
        var byClock = Math.Min((now - started).TotalSeconds * writes.PerSecond - _written, MostPerRequest);
        var due = writes.PerRequest + (int)Math.Max(0, byClock);
        _written += (int)Math.Max(0, byClock);
        for (var i = 0; i < due && vm.Disks.Count > 0; i++)
        {
            WriteSomewhere(vm, vm.Disks[_random.Next(vm.Disks.Count)], writes.MostBytes, _random);
        }
    }

    public static void WriteSomewhere(VirtualMachine vm, VmDisk disk, int mostBytes, Random random)
    {
        var sectors = disk.CapacityBytes / 512;
        if (sectors == 0)
        {
            return;
        }

        var length = Math.Min(sectors, random.Next(1, Math.Max(2, mostBytes / 512 + 1)));
        // A third of the writes goes to the disk's first hundredth, some to its very end, the rest anywhere.
        var start = random.Next(6) switch
        {
            0 or 1 => random.NextInt64(Math.Max(1, sectors / 100)),
            2 => sectors - length,
            _ => random.NextInt64(sectors),
        };
        start = Math.Min(start, sectors - length);
        var seed = random.Next(8) == 0 ? 0 : (ulong)random.NextInt64(1, long.MaxValue);
        vm.Storage.Write(disk, start * 512, length * 512, seed);
    }
}
