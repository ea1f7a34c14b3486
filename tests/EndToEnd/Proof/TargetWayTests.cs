using Migrate.Executor.Copy;
using Migrate.Executor.Sources;
using Migrate.Planner;

namespace Migrate.EndToEnd.Tests.Proof;

/// <summary>What happens on the network between copy and target: the copy goes on by itself, and nothing wrong is taken for right.</summary>
[Collection(nameof(ProofCollection))]
public sealed class TargetWayTests
{
    private const long MiB = CopyLine.MiB;
    private const long DiskBytes = (48 * MiB) + 512;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("cut")]
    [InlineData("reset")]
    [InlineData("silent")]
    [InlineData("away")]
    public async Task A_way_that_breaks_in_the_middle_of_a_copy_is_made_again_and_the_copy_is_right(string fault)
    {
        await using var line = await CopyLine.OpenAsync(DiskBytes);
        await using var host = await line.ConnectAsync();
        var destination = await line.OpenDiskAsync(host);
        var struck = 0;
        line.Way.After(20 * MiB, toServer: true, () =>
        {
            struck++;
            switch (fault)
            {
                case "cut":
                    line.Way.Cut();
                    break;
                case "reset":
                    line.Way.Reset();
                    break;
                case "silent":
                    // Half open: the connections that are there never say a word again. Those that come later work.
                    line.Way.Freeze();
                    break;
                default:
                    line.Way.Refuses = true;
                    line.Way.Reset();
                    _ = Task.Delay(TimeSpan.FromSeconds(2), Cancellation).ContinueWith(_ => line.Way.Refuses = false, TaskScheduler.Default);
                    break;
            }
        });
        using var reader = RawFileReader.Open(line.Source);

        var result = await line.CopyAsync(reader, destination);

        struck.ShouldBe(1);
        result.SourceHash.ShouldBe(await DiskVerify.HashAsync(destination, null, TimeProvider.System, Cancellation));
        await line.IsEqualAsync();
        line.Way.BytesToServer.ShouldBeLessThan(DiskBytes + (24 * MiB), "only what was under way is sent again");
    }

    [Fact]
    public async Task With_digests_a_byte_that_changes_on_the_way_is_found_on_the_way()
    {
        await using var line = await CopyLine.OpenAsync(DiskBytes);
        await using var host = await line.ConnectAsync(digests: true);
        var destination = await line.OpenDiskAsync(host);
        line.Way.After(20 * MiB, toServer: true, () => line.Way.SpoilToServer());
        using var reader = RawFileReader.Open(line.Source);

        await CopyInTriesAsync(line, reader, destination);

        line.Way.Spoilt.ShouldBe(1);
        (await line.DifferencesAsync(destination)).ShouldBeEmpty();
        await line.IsEqualAsync();
    }

    [Fact]
    public async Task Without_digests_it_is_found_when_the_copy_is_read_back()
    {
        await using var line = await CopyLine.OpenAsync(DiskBytes);
        await using var host = await line.ConnectAsync();
        var destination = await line.OpenDiskAsync(host);
        line.Way.After(20 * MiB, toServer: true, () => line.Way.SpoilToServer());
        using var reader = RawFileReader.Open(line.Source);

        await line.CopyAsync(reader, destination);

        line.Way.Spoilt.ShouldBe(1);
        var different = (await line.DifferencesAsync(destination)).ShouldHaveSingleItem();
        var sent = await HashAsync(line);
        (await DiskVerify.HashAsync(destination, null, TimeProvider.System, Cancellation)).ShouldNotBe(sent, "the hashes that a run compares differ");

        // What a retry does.
        File.Delete(Path.Combine(line.Directory, "journal"));
        await line.CopyAsync(reader, destination);
        (await DiskVerify.HashAsync(destination, null, TimeProvider.System, Cancellation)).ShouldBe(sent, $"extent at {different} is right now");
        await line.IsEqualAsync();
    }

    [Fact]
    public async Task Read_back_before_it_is_journalled_the_journal_never_vouches_for_it()
    {
        await using var line = await CopyLine.OpenAsync(DiskBytes);
        await using var host = await line.ConnectAsync();
        var destination = await line.OpenDiskAsync(host);
        line.Way.After(20 * MiB, toServer: true, () => line.Way.SpoilToServer());
        using var reader = RawFileReader.Open(line.Source);
        var options = new CopyOptions { CheckpointBytes = 4 * MiB, ReadBackBeforeJournal = true };

        (await Should.ThrowAsync<MigrateException>(() => line.CopyAsync(reader, destination, options))).Code.ShouldStartWith("copy.");
        await using (var journal = await line.OpenJournalAsync())
        {
            journal.DurableBytes.ShouldBeInRange(MiB, DiskBytes - 1);
        }

        await line.CopyAsync(reader, destination, options);
        (await line.DifferencesAsync(destination)).ShouldBeEmpty();
        await line.IsEqualAsync();
    }

    [Fact]
    public async Task A_byte_that_changes_while_the_copy_is_read_back_is_no_proof_of_a_wrong_copy_but_never_passes()
    {
        await using var line = await CopyLine.OpenAsync(DiskBytes);
        await using var host = await line.ConnectAsync();
        var destination = await line.OpenDiskAsync(host);
        using var reader = RawFileReader.Open(line.Source);
        await line.CopyAsync(reader, destination);
        line.Way.SpoilToClient();

        (await line.DifferencesAsync(destination)).ShouldHaveSingleItem();
        (await line.DifferencesAsync(destination)).ShouldBeEmpty("the copy itself is right");
        await line.IsEqualAsync();
    }

    private static async Task<string> HashAsync(CopyLine line)
    {
        await using var file = File.OpenRead(line.Source);
        return await DiskHash.OfStreamAsync(file, Cancellation);
    }

    /// <summary>As a run does it: a failure that may pass is tried again.</summary>
    private static async Task CopyInTriesAsync(CopyLine line, RawFileReader reader, Migrate.Target.Host.NvmeDisk destination)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await line.CopyAsync(reader, destination);
                return;
            }
            catch (MigrateException e) when (e.IsTransient && attempt < 5)
            {
                TestContext.Current.TestOutputHelper?.WriteLine($"{e.Code}: {e.Message}");
            }
        }
    }
}
