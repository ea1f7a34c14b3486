using Migrate.Executor.Copy;
using Migrate.Executor.Sources;
using Migrate.Executor.Tests.Copy;
using Migrate.Planner;

namespace Migrate.Executor.Tests.Sources;

public sealed class FolderReaderTests
{
    private static readonly FolderReaderOptions Quick = new() { FirstDelay = TimeSpan.FromMilliseconds(1), LongestDelay = TimeSpan.FromMilliseconds(5) };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, InlineData(0), InlineData(1), InlineData(7)]
    public async Task Every_byte_comes_in_order_from_any_extent_on(int fromExtent)
    {
        var disk = Data((9 * Extent.Size) + 1536);
        await using var server = await RangeServer.StartAsync(disk);
        await using var reader = await OpenAsync(server);
        reader.CapacityBytes.ShouldBe(disk.Length);
        (await ReadAsync(reader, fromExtent * Extent.Size)).AsSpan().SequenceEqual(disk.AsSpan(fromExtent * Extent.Size)).ShouldBeTrue();
    }

    [Fact]
    public async Task Requests_run_ahead_but_no_more_than_allowed()
    {
        var disk = Data(24 * Extent.Size);
        await using var server = await RangeServer.StartAsync(disk);
        await using (var reader = await OpenAsync(server, Quick with { RequestBytes = Extent.Size, ParallelRequests = 3 }))
        {
            (await ReadAsync(reader, 0)).Length.ShouldBe(disk.Length);
        }
        server.MostAtOnce.ShouldBeInRange(2, 3);
    }

    [Fact]
    public async Task The_hosts_limit_holds_across_its_disks()
    {
        await using var server = await RangeServer.StartAsync(Data(12 * Extent.Size));
        var options = Quick with { RequestBytes = Extent.Size, Budget = new HostBudget(new HostBudgetOptions { Requests = 2, MostRequests = 2 }, TimeProvider.System) };
        await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
        {
            await using var reader = await OpenAsync(server, options);
            await ReadAsync(reader, 0);
        }));
        server.MostAtOnce.ShouldBeLessThanOrEqualTo(2);
    }

    [Fact]
    public async Task Cut_connections_are_taken_up_where_they_were_cut()
    {
        var disk = Data(8 * Extent.Size);
        await using var server = await RangeServer.StartAsync(disk);
        server.CutAfter = number => number % 3 == 0 ? int.MaxValue : 100_000 + (number * 1000);
        await using var reader = await OpenAsync(server);
        (await ReadAsync(reader, 0)).AsSpan().SequenceEqual(disk).ShouldBeTrue();
        server.Gets.ShouldBeGreaterThan(3);
    }

    [Theory, InlineData(503), InlineData(429)]
    public async Task A_busy_source_is_waited_out(int status)
    {
        var disk = Data(6 * Extent.Size);
        await using var server = await RangeServer.StartAsync(disk);
        server.Status = number => number <= 5 ? status : null;
        await using var reader = await OpenAsync(server);
        (await ReadAsync(reader, 0)).AsSpan().SequenceEqual(disk).ShouldBeTrue();
    }

    [Theory]
    [InlineData(503, "source.busy", true)]
    [InlineData(404, "source.disk-vanished", false)]
    [InlineData(403, "source.permission", false)]
    [InlineData(401, "source.session-lost", true)]
    [InlineData(416, "source.size-changed", false)]
    [InlineData(500, "source.http-failed", false)]
    public async Task What_does_not_pass_is_named(int status, string code, bool transient)
    {
        await using var server = await RangeServer.StartAsync(Data(6 * Extent.Size));
        server.Status = number => number > 1 ? status : null;
        await using var reader = await OpenAsync(server);
        var error = await Should.ThrowAsync<MigrateException>(() => ReadAsync(reader, 0));
        error.Code.ShouldBe(code);
        error.IsTransient.ShouldBe(transient);
        error.Message.ShouldContain("web01-flat.vmdk");
    }

    [Fact]
    public async Task A_source_that_cuts_for_ever_is_given_up_with_the_cause()
    {
        await using var server = await RangeServer.StartAsync(Data(Extent.Size));
        server.CutAfter = _ => 0;
        await using var reader = await OpenAsync(server);
        (await Should.ThrowAsync<MigrateException>(() => ReadAsync(reader, 0))).Code.ShouldBe("source.connection-cut");
        server.Gets.ShouldBe(Quick.Attempts);
    }

    [Fact]
    public async Task A_lost_session_is_renewed_once_for_all_requests_that_noticed()
    {
        var disk = Data(16 * Extent.Size);
        await using var server = await RangeServer.StartAsync(disk);
        var valid = true;
        var renewals = 0;
        server.Status = number =>
        {
            valid &= number != 2;
            return valid ? null : 401;
        };
        await using var reader = await OpenAsync(server, Quick with { RenewSession = _ => { renewals++; valid = true; return Task.CompletedTask; } });
        (await ReadAsync(reader, 0)).AsSpan().SequenceEqual(disk).ShouldBeTrue();
        renewals.ShouldBe(1);
    }

    [Fact]
    public async Task A_size_that_changes_while_reading_is_noticed()
    {
        await using var server = await RangeServer.StartAsync(Data(4 * Extent.Size));
        server.Total = 5 * Extent.Size;
        await using var reader = await OpenAsync(server);
        (await Should.ThrowAsync<MigrateException>(() => ReadAsync(reader, 0))).Code.ShouldBe("source.size-changed");
    }

    [Fact]
    public async Task A_source_without_ranges_is_refused_rather_than_read_wrongly()
    {
        await using var server = await RangeServer.StartAsync(Data(9 * Extent.Size));
        server.IgnoreRange = true;
        await using var reader = await OpenAsync(server);
        (await Should.ThrowAsync<MigrateException>(() => ReadAsync(reader, 0))).Code.ShouldBe("source.ranges-refused");
    }

    [Fact]
    public async Task Any_range_is_given_in_any_order()
    {
        var disk = Data((5 * Extent.Size) + 1536);
        await using var server = await RangeServer.StartAsync(disk);
        server.CutAfter = number => number % 5 == 0 ? 70_000 : int.MaxValue;
        await using var reader = await OpenAsync(server);
        await RangeReading.ShouldBeAsync(reader, disk);
    }

    [Fact]
    public async Task A_part_from_elsewhere_is_refused_and_a_shorter_one_taken_up()
    {
        var disk = Data(5 * Extent.Size);
        await using var server = await RangeServer.StartAsync(disk);
        server.MostBytes = 300_000;
        await using (var reader = await OpenAsync(server))
        {
            (await ReadAsync(reader, 0)).AsSpan().SequenceEqual(disk).ShouldBeTrue();
        }
        server.MostBytes = int.MaxValue;
        server.Shift = _ => 512;
        await using var shifted = await OpenAsync(server);
        (await Should.ThrowAsync<MigrateException>(() => ReadAsync(shifted, 0))).Code.ShouldBe("source.range-wrong");
    }

    [Fact]
    public async Task A_file_that_is_written_to_while_it_is_read_is_noticed_by_its_tag()
    {
        await using var server = await RangeServer.StartAsync(Data(9 * Extent.Size));
        server.Tag = number => number < 2 ? "\"a\"" : "\"b\"";
        await using var reader = await OpenAsync(server);
        (await Should.ThrowAsync<MigrateException>(() => ReadAsync(reader, 0))).Code.ShouldBe("source.changed");
    }

    [Fact]
    public async Task A_busy_host_gets_fewer_requests_and_its_time()
    {
        var disk = Data(12 * Extent.Size);
        await using var server = await RangeServer.StartAsync(disk);
        var budget = new HostBudget(new HostBudgetOptions { Requests = 8 }, TimeProvider.System);
        var refusedAt = 0L;
        var tooEarly = 0;
        server.RetryAfter = "1";
        server.Status = number =>
        {
            if (number == 1)
            {
                refusedAt = System.Diagnostics.Stopwatch.GetTimestamp();
                return 503;
            }
            tooEarly += number > 4 && System.Diagnostics.Stopwatch.GetElapsedTime(refusedAt) < TimeSpan.FromSeconds(0.9) ? 1 : 0;
            return null;
        };
        await using var reader = await OpenAsync(server, Quick with { RequestBytes = Extent.Size, ParallelRequests = 3, Budget = budget });
        (await ReadAsync(reader, 0)).AsSpan().SequenceEqual(disk).ShouldBeTrue();
        tooEarly.ShouldBe(0);
        budget.Allowed.ShouldBeInRange(4, 8);
    }

    [Fact]
    public async Task A_session_is_renewed_before_the_server_ends_it()
    {
        await using var server = await RangeServer.StartAsync(Data(3 * Extent.Size));
        var time = new Jobs.ManualTime();
        var renewals = 0;
        await using var reader = await FolderReader.OpenAsync(server.Http, server.Disk, Quick with { RenewSession = _ => { renewals++; return Task.CompletedTask; } }, time, Cancel);
        foreach (var minutes in new[] { 20, 5, 20, 5 })
        {
            time.Advance(TimeSpan.FromMinutes(minutes));
            await reader.ReadRangeAsync(0, new byte[512], Cancel);
        }
        renewals.ShouldBe(2);
    }

    [Fact]
    public async Task A_disk_that_is_not_there_is_named_at_opening()
    {
        await using var server = await RangeServer.StartAsync(Data(512));
        server.HeadStatus = 404;
        (await Should.ThrowAsync<MigrateException>(() => OpenAsync(server))).Code.ShouldBe("source.disk-vanished");
    }

    [Fact]
    public async Task A_copy_resumed_after_a_dead_source_ends_with_the_sources_bytes()
    {
        using var folder = new TemporaryFolder();
        var disk = SampleDisk.Random(new Random(11), maxExtents: 40);
        await using var server = await RangeServer.StartAsync(disk);
        var destination = new MemoryDisk(disk.Length, new Random(1));
        var (id, time) = (Guid.NewGuid(), TimeProvider.System);
        var options = Quick with { RequestBytes = Extent.Size, ParallelRequests = 2 };
        server.Status = number => number > 4 ? 500 : null;
        await using (var reader = await OpenAsync(server, options))
        await using (var journal = await CopyJournal.OpenAsync(folder.File("j"), id, disk.Length, Cancel))
        {
            (await Should.ThrowAsync<MigrateException>(() => DiskCopy.RunAsync(reader, destination, journal, new CopyOptions(), null, time, Cancel))).Code.ShouldBe("source.http-failed");
            journal.DurableBytes.ShouldBeGreaterThan(0);
        }

        server.Status = _ => null;
        var before = server.BytesSent;
        await using var again = await OpenAsync(server, options);
        await using var kept = await CopyJournal.OpenAsync(folder.File("j"), id, disk.Length, Cancel);
        var result = await DiskCopy.RunAsync(again, destination, kept, new CopyOptions(), null, time, Cancel);

        destination.Content.AsSpan().SequenceEqual(disk).ShouldBeTrue();
        result.SourceHash.ShouldBe(await SampleDisk.HashAsync(disk));
        (server.BytesSent - before).ShouldBeLessThan(disk.Length);
    }

    private static Task<FolderReader> OpenAsync(RangeServer server, FolderReaderOptions? options = null)
        => FolderReader.OpenAsync(server.Http, server.Disk, options ?? Quick, TimeProvider.System, Cancel);

    private static async Task<byte[]> ReadAsync(FolderReader reader, long from)
    {
        using var bytes = new MemoryStream();
        await foreach (var chunk in reader.ReadAsync(from, Cancel))
        {
            using (chunk)
            {
                (from + bytes.Length).ShouldBe(chunk.Offset);
                bytes.Write(chunk.Memory!.Memory.Span[..(int)chunk.Length]);
            }
        }
        return bytes.ToArray();
    }

    private static byte[] Data(int length)
    {
        var disk = new byte[length];
        new Random(length).NextBytes(disk);
        return disk;
    }
}
