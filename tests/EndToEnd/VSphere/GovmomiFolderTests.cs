using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Sources;
using Migrate.Planner;
using Migrate.Planner.VSphere;

namespace Migrate.EndToEnd.Tests.VSphere;

/// <summary>The reader of /folder against a datastore that govmomi's simulator serves.</summary>
public sealed class GovmomiFolderTests
{
    private const string DiskFile = "[LocalDS_0] web 01/größe+1-flat.vmdk";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData((9 << 20) + 512)]
    public async Task A_flat_file_is_read_whole_and_in_parts(int size)
    {
        using var server = await GovmomiServer.StartAsync(Cancel);
        await using var session = await OpenAsync(server);
        var disk = new byte[size];
        new Random(size).NextBytes(disk);
        var uri = session.FolderUri("DC0", DiskFile);
        using (var put = await session.Http.PutAsync(uri, new ByteArrayContent(disk), Cancel))
        {
            put.IsSuccessStatusCode.ShouldBeTrue($"{put.StatusCode}");
        }

        await using var reader = await FolderReader.OpenAsync(session.Http, uri, new FolderReaderOptions { RequestBytes = 1 << 20 }, TimeProvider.System, Cancel);
        reader.CapacityBytes.ShouldBe(size);
        var read = new byte[size];
        await foreach (var chunk in reader.ReadAsync(0, Cancel))
        {
            using (chunk)
            {
                chunk.Memory!.Memory[..(int)chunk.Length].CopyTo(read.AsMemory((int)chunk.Offset));
            }
        }

        read.AsSpan().SequenceEqual(disk).ShouldBeTrue();
        await Parallel.ForEachAsync(Enumerable.Range(0, 40), Cancel, async (seed, ct) =>
        {
            var random = new Random(seed);
            var offset = random.Next(size);
            var part = new byte[random.Next(1, size - offset + 1)];
            await reader.ReadRangeAsync(offset, part, ct);
            part.AsSpan().SequenceEqual(disk.AsSpan(offset, part.Length)).ShouldBeTrue($"{part.Length} bytes at {offset}");
        });
    }

    [Fact]
    public async Task A_file_that_is_not_there_and_one_that_shrank_are_named()
    {
        using var server = await GovmomiServer.StartAsync(Cancel);
        await using var session = await OpenAsync(server);
        var uri = session.FolderUri("DC0", DiskFile);
        (await Should.ThrowAsync<MigrateException>(() => FolderReader.OpenAsync(session.Http, uri, new FolderReaderOptions(), TimeProvider.System, Cancel))).Code.ShouldBe("source.disk-vanished");

        await PutAsync(session, uri, new byte[4 << 20]);
        await using var reader = await FolderReader.OpenAsync(session.Http, uri, new FolderReaderOptions { Attempts = 2, FirstDelay = TimeSpan.FromMilliseconds(1) }, TimeProvider.System, Cancel);
        await PutAsync(session, uri, new byte[1 << 20]);
        (await Should.ThrowAsync<MigrateException>(async () => await reader.ReadRangeAsync(2 << 20, new byte[4096], Cancel))).Code.ShouldBe("source.size-changed");
    }

    private static async Task PutAsync(VSphereSession session, Uri uri, byte[] content)
    {
        using var put = await session.Http.PutAsync(uri, new ByteArrayContent(content), Cancel);
        put.IsSuccessStatusCode.ShouldBeTrue($"{put.StatusCode}");
    }

    private static Task<VSphereSession> OpenAsync(GovmomiServer server) => VSphereSession.OpenAsync(
        new VSphereEndpoint(server.Url, GovmomiServer.User, GovmomiServer.Password, server.Sha256), TimeProvider.System, NullLoggerFactory.Instance, Cancel);
}
