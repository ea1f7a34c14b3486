using System.Security.Cryptography;
using Migrate.Target.Admin;
using Migrate.Target.Controllers;
using Migrate.Target.Namespaces;

namespace Migrate.Target.Tests.Namespaces;

/// <summary>Namespaces on block devices: loop devices, for which the tests need root.</summary>
public sealed class BlockDeviceTests : IDisposable
{
    private const long Size = 16 << 20;
    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-devices-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(512, 512, true)]
    [InlineData(512, 4096, true)]
    [InlineData(4096, 4096, true)]
    [InlineData(512, 512, false)]
    public async Task A_block_device_takes_writes_holes_and_zeroes_and_is_left_alone_by_deletion(int deviceBlock, int blockSize, bool direct)
    {
        await using var device = await LoopDevice.MakeAsync(_directory, Size, deviceBlock);
        var target = await RunningTarget.StartAsync(Path.Combine(_directory, "target"));
        var created = await target.Target.CreateNamespaceAsync(
            new NamespaceSpec(Guid.NewGuid(), 0, blockSize) { BackingPath = device.Path, Direct = direct ? null : false }, Cancel);
        (created.CapacityBytes, created.BackingPath, created.AllocatedBytes).ShouldBe((Size, device.Path, Size));
        var written = RandomNumberGenerator.GetBytes((int)Size);
        await using (var host = await target.ConnectAsync())
        {
            var disk = await host.OpenAsync(created.Uuid, Cancel);
            await disk.WriteAsync(0, written, Cancel);
            await disk.FlushAsync(Cancel);
            (await File.ReadAllBytesAsync(device.File, Cancel)).AsSpan().SequenceEqual(written).ShouldBeTrue();
            var before = Posix.StatusOf(device.File)!.Value.AllocatedBytes;

            await disk.DeallocateAsync(0, 4 << 20, Cancel);
            await disk.WriteZeroesAsync(8 << 20, 4 << 20, Cancel);
            written.AsSpan(0, 4 << 20).Clear();
            written.AsSpan(8 << 20, 4 << 20).Clear();

            (before - Posix.StatusOf(device.File)!.Value.AllocatedBytes).ShouldBe(8 << 20, "holes, not zeroes");
            var read = new byte[Size];
            await disk.ReadAsync(0, read, Cancel);
            read.AsSpan().SequenceEqual(written).ShouldBeTrue();
        }

        await target.DisposeAsync();
        await using var again = await RunningTarget.StartAsync(Path.Combine(_directory, "target"));
        again.Target.FindNamespace(created.Uuid)!.Problem.ShouldBeNull();
        await again.Target.DeleteNamespaceAsync(created.Uuid, deleteBacking: true, Cancel);
        File.Exists(device.Path).ShouldBeTrue();
        (await File.ReadAllBytesAsync(device.File, Cancel)).AsSpan().SequenceEqual(written).ShouldBeTrue();
    }

    [Fact]
    public async Task Blocks_smaller_than_the_devices_and_more_bytes_than_it_has_are_refused_together()
    {
        await using var device = await LoopDevice.MakeAsync(_directory, Size, 4096);
        await using var target = await RunningTarget.StartAsync(Path.Combine(_directory, "target"));

        var error = await Should.ThrowAsync<TargetException>(() => target.Target.CreateNamespaceAsync(
            new NamespaceSpec(Guid.NewGuid(), Size + 4096) { BackingPath = device.Path, Preallocate = true }, Cancel));

        error.Message.ShouldContain("512");
        error.Message.ShouldContain("which has 4096");
        error.Message.ShouldContain($"{Size + 4096}");
        error.Message.ShouldContain("preallocated");
        target.Target.ListNamespaces().ShouldBeEmpty();
    }

    [Fact]
    public async Task Another_device_under_the_same_node_is_not_taken_for_the_namespaces()
    {
        NamespaceInfo created;
        string node;
        await using (var device = await LoopDevice.MakeAsync(_directory, Size))
        {
            node = device.Path;
            await using var target = await RunningTarget.StartAsync(Path.Combine(_directory, "target"));
            created = await target.Target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), 0) { BackingPath = node }, Cancel);
        }

        var other = Path.Combine(_directory, "other.img");
        await File.WriteAllBytesAsync(other, new byte[Size], Cancel);
        await Programs.OutputOfAsync("losetup", node, other);
        try
        {
            await using var target = await RunningTarget.StartAsync(Path.Combine(_directory, "target"));
            var found = target.Target.FindNamespace(created.Uuid)!;
            found.Online.ShouldBeFalse();
            found.Problem!.Code.ShouldBe("target.backing-changed");
            found.Problem.Cause.ShouldContain(other);
        }
        finally
        {
            await Programs.OutputOfAsync("losetup", "--detach", node);
        }
    }

    [Fact]
    public async Task A_device_that_grows_is_longer_at_once_and_gets_no_longer_by_asking()
    {
        await using var device = await LoopDevice.MakeAsync(_directory, Size);
        using var backing = Backing.Open(new BackingPlace(device.Path), 512, HostTree.Real);
        backing.Length.ShouldBe(Size);
        backing.SetLength(2 * Size).ShouldBe(Errno.ENOSPC);

        await Programs.OutputOfAsync("truncate", "-s", $"{2 * Size}", device.File);
        await Programs.OutputOfAsync("losetup", "--set-capacity", device.Path);

        backing.Length.ShouldBe(2 * Size);
        backing.SetLength(2 * Size).ShouldBe(0);
        backing.Write(new byte[4096], (2 * Size) - 4096).ShouldBe(0);
    }

    [Theory]
    [InlineData("write_zeroes_max_bytes", "PunchHole", 0x09)]
    [InlineData("discard_max_bytes", "Discard", 0x00)]
    [InlineData("rotational", "None", 0x00)]
    public async Task Zeroes_are_zeroes_whatever_the_device_has_for_them(string ability, string deallocation, int promised)
    {
        await using var device = await LoopDevice.MakeAsync(_directory, Size);
        var number = $"7:{device.Name["loop".Length..]}";
        var host = new FakeHost(Path.Combine(_directory, "host")).WithDevice("loop", number).With($"sys/devices/loop/queue/{ability}", "1048576\n");
        using var backing = Backing.Open(new BackingPlace(device.Path), 4096, host.Tree);
        (backing.Deallocation.ToString(), Identify(backing, new BackingPlace(device.Path)).Promised).ShouldBe((deallocation, promised));
        var data = RandomNumberGenerator.GetBytes(1 << 20);
        backing.Write(data, 0).ShouldBe(0);

        backing.WriteZeroes(4096, 512 << 10).ShouldBe(0);
        data.AsSpan(4096, 512 << 10).Clear();
        backing.PunchHole(768 << 10, 64 << 10).ShouldBe(0);
        if (backing.Deallocation != Deallocation.None)
        {
            data.AsSpan(768 << 10, 64 << 10).Clear(); // a loop device's discarded blocks do read as zeroes
        }

        var read = new byte[data.Length];
        backing.Read(read, 0).ShouldBe(0);
        read.AsSpan().SequenceEqual(data).ShouldBeTrue();
    }

    [Fact]
    public async Task A_namespace_grows_into_its_device_and_not_beyond()
    {
        await using var device = await LoopDevice.MakeAsync(_directory, Size);
        await using var target = await RunningTarget.StartAsync(Path.Combine(_directory, "target"));
        var created = await target.Target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), Size / 2) { BackingPath = device.Path }, Cancel);

        (await target.Target.ResizeNamespaceAsync(created.Uuid, Size, allowDataLoss: false, Cancel)).CapacityBytes.ShouldBe(Size);
        (await Should.ThrowAsync<TargetException>(() => target.Target.ResizeNamespaceAsync(created.Uuid, 2 * Size, allowDataLoss: false, Cancel)))
            .Code.ShouldBe("target.resize-failed");
        target.Target.FindNamespace(created.Uuid)!.CapacityBytes.ShouldBe(Size);
        await Programs.OutputOfAsync("truncate", "-s", $"{2 * Size}", device.File);
        await Programs.OutputOfAsync("losetup", "--set-capacity", device.Path);
        (await target.Target.ResizeNamespaceAsync(created.Uuid, 2 * Size, allowDataLoss: false, Cancel)).CapacityBytes.ShouldBe(2 * Size);
        await target.Target.DeleteNamespaceAsync(created.Uuid, deleteBacking: false, Cancel);
    }

    [Fact]
    public async Task A_device_has_one_target()
    {
        await using var device = await LoopDevice.MakeAsync(_directory, Size);
        await using var first = await RunningTarget.StartAsync(Path.Combine(_directory, "target"));
        await using var second = await RunningTarget.StartAsync(Path.Combine(_directory, "second"));
        var spec = new NamespaceSpec(Guid.NewGuid(), 0) { BackingPath = device.Path };
        await first.Target.CreateNamespaceAsync(spec, Cancel);

        (await Should.ThrowAsync<TargetException>(() => second.Target.CreateNamespaceAsync(spec, Cancel))).Code.ShouldBe("target.backing-locked");

        await first.Target.DeleteNamespaceAsync(spec.Uuid, deleteBacking: true, Cancel);
        await second.Target.CreateNamespaceAsync(spec, Cancel);
        await second.Target.DeleteNamespaceAsync(spec.Uuid, deleteBacking: true, Cancel);
    }

    [Fact]
    public async Task What_Identify_says_of_space_and_holes_is_true_of_the_backing()
    {
        await using var device = await LoopDevice.MakeAsync(_directory, Size, 4096);

        // (thin, DLFEAT, allocated blocks, preferred blocks)
        Opened(new BackingPlace(device.Path)).ShouldBe((false, 0x09, Size / 4096, 1));
        Opened(new BackingPlace(Make(Size, preallocated: false))).ShouldBe((true, 0x09, 0L, 1));
        Opened(new BackingPlace(Make(Size, preallocated: true), IsPreallocated: true)).ShouldBe((false, 0x00, Size / 4096, 1));

        string Make(long bytes, bool preallocated)
        {
            var path = Path.Combine(_directory, $"{preallocated}.raw");
            Backing.Create(new BackingPlace(path, IsPreallocated: preallocated), 4096, bytes, HostTree.Real).Dispose();
            return path;
        }

        static (bool, int, long, int) Opened(BackingPlace place)
        {
            using var backing = Backing.Open(place, 4096, HostTree.Real);
            return Identify(backing, place);
        }
    }

    private static (bool Thin, int Promised, long Allocated, int Preferred) Identify(Backing backing, BackingPlace place)
    {
        var one = new Namespace(Guid.NewGuid(), 1, Size, 4096, place);
        _ = one.ChangeRuleAsync(_ => new AccessRule(backing, null));
        var data = new byte[4096];
        IdentifyNamespace.Write(data, one);
        return ((data[24] & 1) != 0, data[33], BitConverter.ToInt64(data, 16), BitConverter.ToUInt16(data, 64) + 1);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
