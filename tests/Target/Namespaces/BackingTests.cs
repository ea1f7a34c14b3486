using System.Security.Cryptography;
using Migrate.Target.Admin;
using Migrate.Target.Namespaces;

namespace Migrate.Target.Tests.Namespaces;

public sealed class BackingTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-backings-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Any_piece_is_read_and_written_where_it_belongs_with_direct_io_and_without(bool direct)
    {
        const int length = 2 << 20;
        using var backing = Backing.Create(new BackingPlace(Path.Combine(_directory, "any.raw"), direct), 4096, length, HostTree.Real);
        (backing.IsDirect, backing.Alignment > 1).ShouldBe((direct, direct));
        var model = new byte[length];
        var random = new Random(20260117);
        for (var turn = 0; turn < 400; turn++)
        {
            // Short ones within a block, ones of some blocks, and ones that need more than one bounce buffer.
            var count = random.Next(1, turn % 3 == 0 ? 700 : turn % 3 == 1 ? 20_000 : 900_000);
            var at = random.Next(0, length - count + 1);
            var piece = new byte[count];
            if (random.Next(2) == 0)
            {
                random.NextBytes(piece);
                backing.Write(piece, at).ShouldBe(0);
                piece.CopyTo(model, at);
            }
            else
            {
                backing.Read(piece, at).ShouldBe(0);
                piece.AsSpan().SequenceEqual(model.AsSpan(at, count)).ShouldBeTrue($"turn {turn}: {at}+{count}");
            }
        }

        backing.Flush().ShouldBe(0);
        var all = new byte[length];
        backing.Read(all, 0).ShouldBe(0);
        all.AsSpan().SequenceEqual(model).ShouldBeTrue();
        backing.Length.ShouldBe(length);
    }

    [Fact]
    public async Task Blocks_that_direct_io_cannot_write_are_refused_and_leave_no_file()
    {
        await using var device = await LoopDevice.MakeAsync(_directory, 64 << 20, 4096);
        await Programs.OutputOfAsync("mkfs.ext4", "-q", device.Path);
        var mounted = Directory.CreateDirectory(Path.Combine(_directory, "mounted")).FullName;
        await Programs.OutputOfAsync("mount", device.Path, mounted);
        try
        {
            await using var target = await RunningTarget.StartAsync(mounted);
            var direct = new NamespaceSpec(Guid.NewGuid(), 1 << 20) { Direct = true };

            var error = await Should.ThrowAsync<TargetException>(() => target.Target.CreateNamespaceAsync(direct, Cancel));

            error.Code.ShouldBe("target.block-size-too-small");
            error.Remedy.ShouldContain("4096");
            Directory.GetFiles(mounted, "*.raw").ShouldBeEmpty();
            await target.Target.CreateNamespaceAsync(direct with { Direct = null }, Cancel);
            await target.Target.CreateNamespaceAsync(direct with { Uuid = Guid.NewGuid(), BlockSize = 4096 }, Cancel);
        }
        finally
        {
            await Programs.OutputOfAsync("umount", mounted);
        }
    }

    [Fact]
    public void A_preallocated_file_has_its_space_and_keeps_it_when_blocks_are_deallocated_and_zeroed()
    {
        const int length = 4 << 20;
        var path = Path.Combine(_directory, "thick.raw");
        using var backing = Backing.Create(new BackingPlace(path, IsPreallocated: true), 512, length, HostTree.Real);
        Allocated().ShouldBeGreaterThanOrEqualTo(length);
        Posix.HasNoData(path).ShouldBeTrue();
        var data = RandomNumberGenerator.GetBytes(length);
        backing.Write(data, 0).ShouldBe(0);

        backing.PunchHole(0, 1 << 20).ShouldBe(0);
        backing.WriteZeroes(1 << 20, 1 << 20).ShouldBe(0);
        data.AsSpan(1 << 20, 1 << 20).Clear();

        Allocated().ShouldBeGreaterThanOrEqualTo(length);
        var read = new byte[length];
        backing.Read(read, 0).ShouldBe(0);
        read.AsSpan().SequenceEqual(data).ShouldBeTrue();
        backing.SetLength(2 * length).ShouldBe(0);
        Allocated().ShouldBeGreaterThanOrEqualTo(2 * length);

        long Allocated() => Posix.StatusOf(path)!.Value.AllocatedBytes;
    }

    [Fact]
    public async Task A_file_that_was_named_is_used_as_it_is_kept_unless_asked_and_made_when_absent()
    {
        var directory = Path.Combine(_directory, "target");
        var image = Path.Combine(_directory, "image.raw");
        var content = RandomNumberGenerator.GetBytes(1 << 20);
        await File.WriteAllBytesAsync(image, content, Cancel);
        var made = new NamespaceSpec(Guid.NewGuid(), 2 << 20) { BackingPath = Path.Combine(_directory, "made.raw"), Preallocate = true };
        var taken = new NamespaceSpec(Guid.NewGuid(), 0) { BackingPath = image };
        await using (var target = await RunningTarget.StartAsync(directory))
        {
            (await target.Target.CreateNamespaceAsync(made, Cancel)).AllocatedBytes.ShouldBeGreaterThanOrEqualTo(2 << 20);
            (await target.Target.CreateNamespaceAsync(taken, Cancel)).CapacityBytes.ShouldBe(1 << 20);
            (await target.Target.CreateNamespaceAsync(taken, Cancel)).CapacityBytes.ShouldBe(1 << 20, "asked for again");
            (await Should.ThrowAsync<TargetException>(() => target.Target.CreateNamespaceAsync(taken with { BackingPath = made.BackingPath }, Cancel)))
                .Code.ShouldBe("target.namespace-differs");
        }

        await using (var target = await RunningTarget.StartAsync(directory))
        {
            await using var host = await target.ConnectAsync();
            var read = new byte[content.Length];
            await (await host.OpenAsync(taken.Uuid, Cancel)).ReadAsync(0, read, Cancel);
            read.ShouldBe(content);
            await target.Target.DeleteNamespaceAsync(taken.Uuid, deleteBacking: false, Cancel);
            File.Exists(image).ShouldBeTrue();
            await target.Target.DeleteNamespaceAsync(made.Uuid, deleteBacking: true, Cancel);
            File.Exists(made.BackingPath).ShouldBeFalse();
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1 << 20)]
    [InlineData(4 << 20)]
    public async Task What_a_crash_left_of_a_preallocated_file_is_taken_and_filled_up(int left)
    {
        await using var target = await RunningTarget.StartAsync(Path.Combine(_directory, "target"));
        var spec = new NamespaceSpec(Guid.NewGuid(), 4 << 20) { Preallocate = true };
        var path = Path.Combine(target.Target.Directory, $"{spec.Uuid}.raw");
        await using (var file = File.Create(path))
        {
            file.SetLength(left); // without its blocks, as far as they can be missing
        }

        (await target.Target.CreateNamespaceAsync(spec, Cancel)).AllocatedBytes.ShouldBeGreaterThanOrEqualTo(4 << 20);
    }

    [Theory]
    [InlineData("/dev/migrate-no-such-device", 1 << 20, "does not exist")]
    [InlineData("absent/image.raw", 1 << 20, "directory")]
    [InlineData("image.raw", 0, "capacity")]
    [InlineData("/dev/null", 1 << 20, "neither a file nor a block device")]
    [InlineData("target/image.raw", 1 << 20, "own directory")]
    public async Task Paths_that_cannot_hold_a_namespace_are_refused_with_the_reason(string path, long bytes, string reason)
    {
        await using var target = await RunningTarget.StartAsync(Path.Combine(_directory, "target"));

        var error = await Should.ThrowAsync<TargetException>(() => target.Target.CreateNamespaceAsync(
            new NamespaceSpec(Guid.NewGuid(), bytes) { BackingPath = Path.Combine(_directory, path) }, Cancel));

        error.Message.ShouldContain(reason);
        Directory.GetFiles(_directory, "*.raw", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public async Task Space_is_promised_on_the_file_system_where_the_backing_lies()
    {
        var small = Directory.CreateDirectory(Path.Combine(_directory, "small")).FullName;
        await Programs.OutputOfAsync("mount", "-t", "tmpfs", "-o", "size=8m", "migrate-test", small);
        try
        {
            await using var target = await RunningTarget.StartAsync(Path.Combine(_directory, "target"));
            await target.CreateAsync(64 << 20);
            await CreateAsync("first.raw", 6 << 20);

            (await Should.ThrowAsync<TargetException>(() => CreateAsync("second.raw", 4 << 20))).Code.ShouldBe("target.no-space");
            await CreateAsync("third.raw", 1 << 20);
            (await Should.ThrowAsync<TargetException>(() => CreateAsync("fourth.raw", 1536 << 10))).Code.ShouldBe("target.no-space");

            async Task CreateAsync(string name, long bytes) => await target.Target.CreateNamespaceAsync(
                new NamespaceSpec(Guid.NewGuid(), bytes) { BackingPath = Path.Combine(small, name) }, Cancel);
        }
        finally
        {
            await Programs.OutputOfAsync("umount", small);
        }
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
