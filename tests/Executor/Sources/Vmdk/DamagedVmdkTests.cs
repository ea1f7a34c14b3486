using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using Migrate.Executor.Sources;
using Migrate.Executor.Tests.Copy;
using Migrate.Planner;

namespace Migrate.Executor.Tests.Sources.Vmdk;

/// <summary>VMDKs that lie: a named error, never a hang, a crash, or a byte from elsewhere.</summary>
public sealed class DamagedVmdkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("/etc/passwd"), InlineData("../secret"), InlineData("link"), InlineData("sub/../../secret")]
    public void Extents_lead_nowhere_but_into_their_own_directory(string name)
    {
        using var elsewhere = new TemporaryFolder();
        File.WriteAllText(elsewhere.File("secret"), new string('s', 1 << 20));
        File.CreateSymbolicLink(_folder.File("link"), elsewhere.File("secret"));
        Write("d.vmdk", EsxSparse.Descriptor("FLAT", name, 1 << 20));
        Refused("d.vmdk").ShouldBe("source.vmdk-outside");
    }

    [Theory]
    [InlineData("FLAT", "a FIFO")]
    [InlineData("SPARSE", "a FIFO")]
    [InlineData("FLAT", "a socket")]
    public async Task What_is_no_file_is_refused_and_not_waited_for(string type, string what)
    {
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        if (what == "a FIFO")
        {
            await Programs.OutputOfAsync("mkfifo", _folder.File("data"));
        }
        else
        {
            socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(_folder.File("data")));
        }
        Write("d.vmdk", EsxSparse.Descriptor(type, "data", 1 << 20));
        var refused = await Should.ThrowAsync<MigrateException>(() => Task.Run(() => VmdkReader.Open(_folder.File("d.vmdk")), Cancel).WaitAsync(TimeSpan.FromMinutes(2), Cancel));
        // A socket cannot even be opened.
        refused.Code.ShouldBe(what == "a FIFO" ? "source.not-a-file" : "source.vmdk-file-missing");
        refused.Message.ShouldContain(what == "a FIFO" ? what : "data");
    }

    [Fact]
    public void A_device_is_no_extent_even_where_the_operator_allows_its_directory()
    {
        Write("d.vmdk", EsxSparse.Descriptor("FLAT", "/dev/zero", 1 << 20));
        Should.Throw<MigrateException>(() => VmdkReader.Open(_folder.File("d.vmdk"), new VmdkReaderOptions { AllowedDirectories = ["/dev"] })).Code.ShouldBe("source.not-a-file");
        Should.Throw<MigrateException>(() => RawFileReader.Open("/dev/zero")).Message.ShouldContain("a character device");
        Should.Throw<MigrateException>(() => RawFileReader.Open(_folder.Path)).Message.ShouldContain("a directory");
    }

    [Theory]
    [InlineData("C:\\vms\\base.vmdk")]
    [InlineData("/vmfs/volumes/ds1/web/base.vmdk")]
    [InlineData("C:/vms/base.vmdk")]
    public async Task A_parent_that_is_noted_by_its_place_elsewhere_is_the_file_beside_the_child(string hint)
    {
        Write("flat", new string('x', 4096));
        Write("base.vmdk", EsxSparse.Descriptor("FLAT", "flat", 4096, id: "00000002"));
        Write("child.vmdk", EsxSparse.Descriptor("FLAT", "flat", 4096, "00000002", hint, "00000001"));
        await using var reader = VmdkReader.Open(_folder.File("child.vmdk"));
        reader.Files.Select(Path.GetFileName).ShouldBe(["child.vmdk", "flat", "base.vmdk", "flat"]);
    }

    [Fact]
    public async Task What_the_operator_allows_is_followed()
    {
        using var elsewhere = new TemporaryFolder();
        await File.WriteAllBytesAsync(elsewhere.File("data"), new byte[1 << 20], Cancel);
        Write("d.vmdk", EsxSparse.Descriptor("FLAT", elsewhere.File("data"), 1 << 20));
        await using var reader = VmdkReader.Open(_folder.File("d.vmdk"), new VmdkReaderOptions { AllowedDirectories = [elsewhere.Path] });
        reader.CapacityBytes.ShouldBe(1 << 20);
    }

    [Fact]
    public void A_chain_that_bites_its_tail_is_refused()
    {
        Write("flat", new string('x', 4096));
        Write("a.vmdk", EsxSparse.Descriptor("FLAT", "flat", 4096, "0000000b", "b.vmdk", "0000000a"));
        Write("b.vmdk", EsxSparse.Descriptor("FLAT", "flat", 4096, "0000000a", "a.vmdk", "0000000b"));
        Refused("a.vmdk").ShouldBe("source.vmdk-parent-loop");
    }

    [Fact]
    public void A_parent_that_was_written_to_is_refused()
    {
        Write("flat", new string('x', 4096));
        Write("base.vmdk", EsxSparse.Descriptor("FLAT", "flat", 4096, id: "00000002"));
        Write("child.vmdk", EsxSparse.Descriptor("FLAT", "flat", 4096, "00000001", "base.vmdk"));
        Refused("child.vmdk").ShouldBe("source.vmdk-parent-changed");
    }

    [Theory]
    [InlineData("RW 8 FLAT \"short\"", "source.vmdk-truncated")]
    [InlineData("RW 2 FLAT \"short\" 1", "source.vmdk-truncated")]
    [InlineData("RW 8 FLAT \"none\"", "source.vmdk-file-missing")]
    [InlineData("RW 8 SPARSE \"short\"", "source.vmdk-corrupt")]
    [InlineData("RW 8 VMFSSPARSE \"short\"", "source.vmdk-corrupt")]
    [InlineData("RW 8 SESPARSE \"short\"", "source.vmdk-truncated")]
    [InlineData("RW 8 VMFSRDM \"short\"", "source.vmdk-unsupported")]
    [InlineData("NOACCESS 1 FLAT \"short\"", "source.vmdk-unsupported")]
    [InlineData("RW 8 FLAT", "source.vmdk-corrupt")]
    [InlineData("RW 8 FLAT \"\"", "source.vmdk-corrupt")]
    [InlineData("RW 0 FLAT \"short\"", "source.vmdk-corrupt")]
    [InlineData("RW 99999999999999999999 ZERO", "source.vmdk-corrupt")]
    [InlineData("RW 8999999999999999999 ZERO", "source.vmdk-corrupt")]
    [InlineData("", "source.vmdk-corrupt")]
    public void Descriptors_that_lie_are_refused(string extent, string code)
    {
        Write("short", new string('x', 600));
        Write("d.vmdk", $"# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType=\"custom\"\n{extent}\n");
        Refused("d.vmdk").ShouldBe(code);
    }

    [Fact]
    public void A_disk_of_zeroes_needs_no_file()
    {
        Write("d.vmdk", "CID=1\ncreateType=\"custom\"\nRW 2048 ZERO\n");
        VmdkReader.Open(_folder.File("d.vmdk")).CapacityBytes.ShouldBe(1 << 20);
    }

    [Theory]
    [InlineData("", "source.vmdk-unsupported"), InlineData("hello", "source.vmdk-unsupported"), InlineData("KDMV", "source.vmdk-truncated")]
    public void What_is_no_VMDK_is_said_to_be_none(string content, string code)
    {
        Write("d.vmdk", content);
        Refused("d.vmdk").ShouldBe(code);
    }

    [Fact]
    public void A_sparse_file_that_claims_more_than_it_can_hold_takes_no_memory()
    {
        var bytes = Image("monolithicSparse", new byte[1 << 20]);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(12), 1L << 40);
        File.WriteAllBytes(_folder.File("d.vmdk"), bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Refused("d.vmdk").ShouldBe("source.vmdk-truncated");
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(4 << 20);
    }

    [Fact]
    public async Task A_grain_outside_the_file_is_named_when_it_is_read()
    {
        var disk = new byte[1 << 20];
        new Random(1).NextBytes(disk);
        var bytes = Image("monolithicSparse", disk);
        File.WriteAllBytes(_folder.File("d.vmdk"), bytes.AsSpan(0, bytes.Length - 70_000).ToArray());
        await using var reader = VmdkReader.Open(_folder.File("d.vmdk"));
        (await Should.ThrowAsync<MigrateException>(() => RangeReading.SequenceAsync(reader))).Code.ShouldBe("source.vmdk-corrupt");
    }

    /// <summary>Each seed spoils some bytes where they hurt most: in headers, descriptors and tables. What comes out is the disk's size of bytes, or a named error.</summary>
    [Theory]
    [InlineData("monolithicSparse"), InlineData("streamOptimized"), InlineData("vmfsSparse"), InlineData("seSparse")]
    public async Task Random_damage_is_a_named_error_or_harmless(string format)
    {
        var disk = new byte[3 << 20];
        new Random(2).NextBytes(disk.AsSpan(1 << 20, 1 << 20));
        var whole = format switch
        {
            "vmfsSparse" => EsxSparse.Cowd(disk, s => s % 3 == 0),
            "seSparse" => EsxSparse.SeSparse(disk, g => g % 3 == 0),
            _ => Image(format, disk),
        };
        if (format is "vmfsSparse" or "seSparse")
        {
            Write("d.vmdk", EsxSparse.Descriptor(format, "x.vmdk", disk.Length));
        }
        var (file, open) = (_folder.File(format is "vmfsSparse" or "seSparse" ? "x.vmdk" : "d.vmdk"), _folder.File("d.vmdk"));
        var metadata = Nonzero(whole);
        var (refused, read) = (0, 0);
        var random = new Random(3);
        var started = Stopwatch.GetTimestamp();
        for (var round = 0; round < 250; round++)
        {
            var bytes = (byte[])whole.Clone();
            for (var i = random.Next(1, 6); i > 0; i--)
            {
                var at = random.Next(3) == 0 ? random.Next(512) : metadata[random.Next(metadata.Count)];
                bytes[at] = (byte)(random.Next(3) switch { 0 => 0, 1 => 0xff, _ => random.Next(256) });
            }
            await File.WriteAllBytesAsync(file, random.Next(8) == 0 ? bytes.AsSpan(0, random.Next(bytes.Length)).ToArray() : bytes, Cancel);
            try
            {
                await using var reader = VmdkReader.Open(open);
                reader.CapacityBytes.ShouldBeInRange(512, 1L << 50);
                var buffer = new byte[1 << 20];
                for (var at = 0L; at + buffer.Length <= Math.Min(reader.CapacityBytes, 4 << 20); at += buffer.Length)
                {
                    await reader.ReadRangeAsync(at, buffer, Cancel);
                }
                await reader.MapAsync(0, Math.Min(reader.CapacityBytes, 64 << 20), Cancel).CountAsync(Cancel);
                read++;
            }
            catch (MigrateException e)
            {
                e.Code.ShouldStartWith("source.");
                e.Message.ShouldContain(_folder.Path);
                refused++;
            }
        }
        read.ShouldBeGreaterThan(0);
        refused.ShouldBeGreaterThan(0);
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromMinutes(3));
    }

    /// <summary>What a file claims in its header: where QEMU takes it, and we do, both see a disk of the same size.</summary>
    [Theory]
    [InlineData("monolithicSparse"), InlineData("streamOptimized")]
    public async Task A_size_that_we_believe_is_the_one_that_QEMU_sees(string format)
    {
        var whole = Image(format, new byte[3 << 20]);
        var random = new Random(4);
        var (both, ours, theirs) = (0, 0, 0);
        for (var round = 0; round < 25; round++)
        {
            var bytes = (byte[])whole.Clone();
            if (round > 0)
            {
                // version, flags, capacity, grain size, descriptor, tables, overhead; half of the time the capacity.
                bytes[random.Next(2) == 0 ? random.Next(12, 16) : random.Next(4, 72)] = (byte)random.Next(256);
            }
            await File.WriteAllBytesAsync(_folder.File("d.vmdk"), bytes, Cancel);
            long? size = null;
            try
            {
                await using var reader = VmdkReader.Open(_folder.File("d.vmdk"));
                (size, ours) = (reader.CapacityBytes, ours + 1);
            }
            catch (MigrateException e)
            {
                e.Code.ShouldStartWith("source.");
            }
            var info = await Programs.RunAsync("qemu-img", "info", "--output=json", "-f", "vmdk", _folder.File("d.vmdk"));
            if (info.ExitCode != 0)
            {
                continue;
            }
            theirs++;
            if (size is { } bytesSeen)
            {
                both++;
                using var json = System.Text.Json.JsonDocument.Parse(info.Output);
                json.RootElement.GetProperty("virtual-size").GetInt64().ShouldBe(bytesSeen, $"{format}, round {round}");
            }
        }
        both.ShouldBeGreaterThan(0, $"{ours} taken by us, {theirs} by QEMU");
    }

    /// <summary>Where the file has anything at all, in order: its metadata come first.</summary>
    private static List<int> Nonzero(byte[] bytes) => [.. Enumerable.Range(0, bytes.Length).Where(i => bytes[i] != 0).Take(4096)];

    private byte[] Image(string subformat, byte[] disk)
    {
        File.WriteAllBytes(_folder.File("i.raw"), disk);
        using var convert = Programs.Start(new ProcessStartInfo("qemu-img", ["convert", "-f", "raw", "-O", "vmdk", "-o", $"subformat={subformat}", _folder.File("i.raw"), _folder.File("i.vmdk")]));
        convert.WaitForExit();
        return File.ReadAllBytes(_folder.File("i.vmdk"));
    }

    private void Write(string name, string text) => File.WriteAllText(_folder.File(name), text, Encoding.Latin1);

    private string Refused(string name) => Should.Throw<MigrateException>(() => VmdkReader.Open(_folder.File(name))).Code;
}
