using Migrate.Executor.Sources;
using Migrate.Planner;

namespace Migrate.EndToEnd.Tests.Proof;

/// <summary>The file system behind the target is full in the middle of a copy. Needs root.</summary>
[Collection(nameof(ProofCollection))]
public sealed class FullStorageTests
{
    private const long MiB = CopyLine.MiB;

    [Fact]
    public async Task Full_storage_is_named_and_the_copy_goes_on_when_there_is_room()
    {
        await using var line = await CopyLine.OpenAsync((24 * MiB) + 4096, tmpfs: "32m");
        var hog = Path.Combine(line.Directory, "target", "hog");
        await File.WriteAllBytesAsync(hog, new byte[16 * MiB], TestContext.Current.CancellationToken);
        await using var host = await line.ConnectAsync();
        var destination = await line.OpenDiskAsync(host);
        using var reader = RawFileReader.Open(line.Source);

        var error = await Should.ThrowAsync<MigrateException>(() => line.CopyAsync(reader, destination));

        error.Code.ShouldBe("target.no-space");
        error.Remedy.ShouldContain("Free space");
        long safe;
        await using (var journal = await line.OpenJournalAsync())
        {
            safe = journal.DurableBytes;
        }

        File.Delete(hog);
        var result = await line.CopyAsync(reader, destination);

        result.BytesWritten.ShouldBeLessThanOrEqualTo(line.Bytes - safe, "what is safe is not sent again");
        (await line.DifferencesAsync(destination)).ShouldBeEmpty();
        await line.IsEqualAsync();
    }
}
