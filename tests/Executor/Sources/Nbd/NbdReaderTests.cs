using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Migrate.Executor.Copy;
using Migrate.Executor.Sources;
using Migrate.Executor.Sources.Nbd;
using Migrate.Executor.Tests.Copy;
using Migrate.Planner;

namespace Migrate.Executor.Tests.Sources.Nbd;

/// <summary>Our client against three servers that we did not write.</summary>
public sealed class NbdReaderTests : IDisposable
{
    private static readonly NbdReaderOptions Quick = new() { FirstDelay = TimeSpan.FromMilliseconds(1) };
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Image => _folder.File("disk.raw");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(""), InlineData("--no-sr"), InlineData("--filter=noextents"), InlineData("--filter=multi-conn multi-conn-mode=disable"), InlineData("--filter=noparallel serialize=requests")]
    public async Task A_file_of_nbdkit_arrives_whole_whatever_it_offers(string extra)
    {
        var disk = await WriteAsync(3);
        var words = extra.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        await using var server = await NbdServerProcess.NbdkitAsync([.. words.Where(w => w[0] == '-'), "file", Image, .. words.Where(w => w[0] != '-')]);
        await using var reader = await OpenAsync(server);
        await RangeReading.ShouldBeAsync(reader, disk);
        reader.HasAllocationMap.ShouldBe(extra != "--no-sr");
        reader.ParallelReads.ShouldBe(extra.Contains("multi-conn", StringComparison.Ordinal) ? 8 : 32);
    }

    [Fact]
    public async Task Blocks_of_a_server_that_insists_on_them_are_respected()
    {
        var disk = await WriteAsync(4);
        await using var server = await NbdServerProcess.NbdkitAsync("--filter=blocksize-policy", "file", Image,
            "blocksize-minimum=512", "blocksize-preferred=4096", "blocksize-maximum=65536", "blocksize-error-policy=error");
        await using var reader = await OpenAsync(server);
        await RangeReading.ShouldBeAsync(reader, disk);
    }

    [Theory, InlineData("raw"), InlineData("vmdk")]
    public async Task A_disk_of_qemu_arrives_whole(string format)
    {
        var disk = await WriteAsync(5);
        var image = _folder.File("d." + format);
        await Programs.OutputOfAsync("qemu-img", "convert", "-f", "raw", "-O", format, Image, image);
        await using var server = await NbdServerProcess.QemuAsync(image, format);
        await using var reader = await OpenAsync(server);
        await RangeReading.ShouldBeAsync(reader, disk);
    }

    [Fact]
    public async Task A_disk_of_nbd_server_arrives_whole_over_TCP()
    {
        var disk = await WriteAsync(6);
        await using var server = await NbdServerProcess.NbdServerAsync(Image);
        await using var reader = await OpenAsync(server);
        await RangeReading.ShouldBeAsync(reader, disk);
        await Should.ThrowAsync<MigrateException>(() => NbdReader.OpenAsync(server.Endpoint with { Export = "none" }, Quick, TimeProvider.System, Cancel));
    }

    [Fact]
    public async Task The_map_is_the_one_that_nbdinfo_sees()
    {
        await using var server = await NbdServerProcess.NbdkitAsync("sparse-random", "size=2G", "percent=5", "runlength=1048576", "seed=7");
        await using var reader = await OpenAsync(server);
        var theirs = await Programs.OutputOfAsync("nbdinfo", "--map", $"nbd+unix:///?socket={server.Endpoint.EndPoint}");
        var lines = theirs.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        var expected = Merge(lines.Select(f => new DiskRange(long.Parse(f[0]), long.Parse(f[1]), f[2] == "0" ? RangeKind.Data : f[2] == "3" ? RangeKind.Hole : RangeKind.Zero)));

        var ours = Merge(await RangeReading.MapAsync(reader));

        ours.ShouldBe(expected);
        ours.Count.ShouldBeGreaterThan(10);
    }

    [Fact]
    public async Task An_enormous_sparse_disk_is_mapped_without_reading_it()
    {
        await using var server = await NbdServerProcess.NbdkitAsync("memory", "16T");
        await using var reader = await OpenAsync(server);
        reader.CapacityBytes.ShouldBe(16L << 40);
        var chunks = await reader.ReadAsync(0, Cancel).ToListAsync(Cancel);
        (chunks.ShouldHaveSingleItem().IsZero, chunks[0].Length).ShouldBe((true, 16L << 40));
    }

    [Fact]
    public async Task What_lies_in_the_middle_and_at_the_end_of_the_largest_disk_is_found_and_read_there()
    {
        const long Largest = 62L << 40;
        const long Middle = (31L << 40) + 512;
        await using var server = await NbdServerProcess.NbdkitAsync("data", $"@{Largest - 4096} 0x5a*512 @{Middle} 0xa5*1024", "size=62T");
        await using var reader = await OpenAsync(server);
        reader.CapacityBytes.ShouldBe(Largest);
        // Several answers' worth around each place: a server needs minutes for a map of all of it.
        foreach (var (place, value) in new[] { (Middle, (byte)0xa5), (Largest - 4096, (byte)0x5a) })
        {
            var from = place - (20L << 30) - 512;
            var length = Math.Min(40L << 30, Largest - from);
            var ranges = Merge(await reader.MapAsync(from, length, Cancel).ToListAsync(Cancel));
            (ranges[0].Offset, ranges[^1].End).ShouldBe((from, from + length));
            var data = ranges.Where(r => r.Kind == RangeKind.Data).ShouldHaveSingleItem();
            place.ShouldBeInRange(data.Offset, data.End - 1);
            data.Length.ShouldBeLessThan(1 << 20);
            var bytes = new byte[512];
            await reader.ReadRangeAsync(place, bytes, Cancel);
            bytes.ShouldAllBe(b => b == value);
        }
        await using var sequence = reader.ReadAsync(Largest - (1 << 20), Cancel).GetAsyncEnumerator(Cancel);
        (await sequence.MoveNextAsync()).ShouldBeTrue();
        using var chunk = sequence.Current;
        (chunk.Offset, chunk.Length, chunk.IsZero).ShouldBe((Largest - (1 << 20), 1 << 20, false));
    }

    [Theory]
    [InlineData(0L)]
    [InlineData((31L << 40) + 512)]
    [InlineData((62L << 40) - (1 << 20))]
    public async Task Bytes_of_the_largest_disk_are_those_of_their_place(long offset)
    {
        // Its pattern is each eight bytes' own offset, with the most significant byte first.
        await using var server = await NbdServerProcess.NbdkitAsync("pattern", "62T");
        await using var reader = await OpenAsync(server);
        var bytes = new byte[1 << 20];
        await reader.ReadRangeAsync(offset, bytes, Cancel);
        for (var i = 0; i < bytes.Length; i += 8)
        {
            System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(i)).ShouldBe(offset + i);
        }
    }

    [Fact]
    public async Task Requests_are_in_flight_together()
    {
        await using var server = await NbdServerProcess.NbdkitAsync("--threads=32", "--filter=delay", "--filter=noextents", "memory", "64M", "rdelay=1");
        await using var reader = await OpenAsync(server);
        var started = Stopwatch.GetTimestamp();
        (await RangeReading.SequenceAsync(reader)).Length.ShouldBe(64 << 20);
        // One after another they would take 64 x 1 s.
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Errors_that_pass_are_retried_and_others_named()
    {
        var disk = await WriteAsync(8);
        await using (var server = await NbdServerProcess.NbdkitAsync("--filter=error", "file", Image, "error=EIO", "error-pread-rate=20%"))
        {
            await using var reader = await OpenAsync(server, Quick with { Attempts = 30 });
            (await RangeReading.SequenceAsync(reader)).AsSpan().SequenceEqual(disk).ShouldBeTrue();
        }
        await using var broken = await NbdServerProcess.NbdkitAsync("--filter=error", "file", Image, "error=EIO", "error-pread-rate=100%");
        await using var failing = await OpenAsync(broken);
        var error = await Should.ThrowAsync<MigrateException>(() => RangeReading.SequenceAsync(failing));
        (error.Code, error.IsTransient).ShouldBe(("source.read-failed", true));
        error.Message.ShouldContain("EIO");
    }

    [Fact]
    public async Task A_server_that_dies_ends_the_reading_with_its_name()
    {
        await using var server = await NbdServerProcess.NbdkitAsync("--filter=delay", "--filter=noextents", "memory", "256M", "rdelay=3");
        await using var reader = await OpenAsync(server, Quick with { Attempts = 2 });
        var reading = RangeReading.SequenceAsync(reader);
        await Task.Delay(300, Cancel);
        await server.StopAsync();
        var error = await Should.ThrowAsync<MigrateException>(() => reading);
        error.Code.ShouldBeOneOf("source.connection-cut", "source.nbd-unreachable");
        error.IsTransient.ShouldBeTrue();
    }

    [Fact]
    public async Task A_silent_server_counts_as_lost()
    {
        await using var server = await NbdServerProcess.NbdkitAsync("--filter=delay", "--filter=noextents", "memory", "4M", "rdelay=600");
        await using var reader = await OpenAsync(server, Quick with { Attempts = 1, StallTimeout = TimeSpan.FromMilliseconds(400) });
        (await Should.ThrowAsync<MigrateException>(() => RangeReading.SequenceAsync(reader))).Code.ShouldBe("source.connection-cut");
    }

    [Fact]
    public async Task Cancelling_leaves_at_once_and_the_connection_lives()
    {
        var disk = await WriteAsync(9);
        await using var server = await NbdServerProcess.NbdkitAsync("--filter=delay", "file", Image, "rdelay=6");
        await using var reader = await OpenAsync(server);
        for (var i = 0; i < 3; i++)
        {
            using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
            var buffer = new byte[4096];
            await Should.ThrowAsync<OperationCanceledException>(async () => await reader.ReadRangeAsync(0, buffer, soon.Token));
            buffer.ShouldAllBe(b => b == 0);
        }
        (await RangeReading.SequenceAsync(reader)).AsSpan().SequenceEqual(disk).ShouldBeTrue();
    }

    [Fact]
    public async Task A_copy_from_it_ends_with_the_disks_hash()
    {
        var disk = await WriteAsync(10);
        await using var server = await NbdServerProcess.NbdkitAsync("file", Image);
        await using var reader = await OpenAsync(server);
        var destination = new MemoryDisk(disk.Length, new Random(1));
        await using var journal = await CopyJournal.OpenAsync(_folder.File("j"), Guid.NewGuid(), disk.Length, Cancel);
        var result = await DiskCopy.RunAsync(reader, destination, journal, new CopyOptions { DestinationIsZero = true }, null, TimeProvider.System, Cancel);
        result.SourceHash.ShouldBe(await SampleDisk.HashAsync(disk));
        destination.Content.AsSpan().SequenceEqual(disk).ShouldBeTrue();
    }

    [Fact]
    public async Task TLS_is_used_when_asked_for_and_pinned_to_the_servers_certificate()
    {
        var disk = await WriteAsync(11);
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        foreach (var name in new[] { "ca-cert.pem", "server-cert.pem" })
        {
            await File.WriteAllTextAsync(_folder.File(name), certificate.ExportCertificatePem(), Cancel);
        }
        await File.WriteAllTextAsync(_folder.File("server-key.pem"), key.ExportPkcs8PrivateKeyPem(), Cancel);
        await using var server = await NbdServerProcess.NbdkitAsync("--tls=require", $"--tls-certificates={_folder.Path}", "file", Image);

        var pinned = server.Endpoint with { UseTls = true, Thumbprint = certificate.GetCertHashString(HashAlgorithmName.SHA256) };
        await using (var reader = await NbdReader.OpenAsync(pinned, Quick, TimeProvider.System, Cancel))
        {
            await RangeReading.ShouldBeAsync(reader, disk);
        }

        foreach (var wrong in new[] { pinned with { UseTls = false }, pinned with { Thumbprint = null }, pinned with { Thumbprint = new string('A', 64) } })
        {
            (await Should.ThrowAsync<MigrateException>(() => NbdReader.OpenAsync(wrong, Quick, TimeProvider.System, Cancel))).Code.ShouldBe("source.nbd-tls");
        }
        await using var plain = await NbdServerProcess.NbdkitAsync("file", Image);
        var error = await Should.ThrowAsync<MigrateException>(() => NbdReader.OpenAsync(plain.Endpoint with { UseTls = true }, Quick, TimeProvider.System, Cancel));
        error.Code.ShouldBe("source.nbd-tls");
    }

    [Theory]
    [InlineData("nbd://host/export", "export on host:10809", false)]
    [InlineData("nbds://host:7777", "host:7777", true)]
    [InlineData("nbd+unix:///e%20x?socket=/run/a%20b.sock", "e x on /run/a b.sock", false)]
    public void Addresses_are_those_of_the_NBD_project(string address, string means, bool tls)
    {
        var endpoint = NbdEndpoint.Parse(address);
        (endpoint.ToString(), endpoint.UseTls).ShouldBe((means, tls));
    }

    [Theory, InlineData("http://x"), InlineData("nbd+unix:///x"), InlineData("nbd:///x"), InlineData("")]
    public void Other_addresses_are_refused(string address) => Should.Throw<MigrateException>(() => NbdEndpoint.Parse(address)).Code.ShouldBe("source.nbd-address-invalid");

    [Fact]
    public async Task Nothing_at_the_address_is_named()
    {
        var endpoint = NbdEndpoint.Parse($"nbd+unix:///?socket={_folder.File("none")}");
        (await Should.ThrowAsync<MigrateException>(() => NbdReader.OpenAsync(endpoint, Quick, TimeProvider.System, Cancel))).Code.ShouldBe("source.nbd-unreachable");
    }

    private static Task<NbdReader> OpenAsync(NbdServerProcess server, NbdReaderOptions? options = null) => NbdReader.OpenAsync(server.Endpoint, options ?? Quick, TimeProvider.System, Cancel);

    private async Task<byte[]> WriteAsync(int seed)
    {
        var disk = SampleDisk.Random(new Random(seed), maxExtents: 24);
        await File.WriteAllBytesAsync(Image, disk, Cancel);
        return disk;
    }

    private static List<DiskRange> Merge(IEnumerable<DiskRange> ranges)
    {
        var merged = new List<DiskRange>();
        foreach (var range in ranges)
        {
            if (merged.Count > 0 && merged[^1].Kind == range.Kind)
            {
                merged[^1] = merged[^1] with { Length = merged[^1].Length + range.Length };
            }
            else
            {
                merged.Add(range);
            }
        }
        return merged;
    }
}
