using System.Security.Cryptography;
using Migrate.Executor.Copy;
using Migrate.Planner;

namespace Migrate.Executor.Tests.Copy;

public sealed class CopyJournalTests : IDisposable
{
    private const long Capacity = (10L * Extent.Size) + 512;
    private static readonly Guid Disk = Guid.Parse("2b6c5a30-5f35-4c11-8a8e-0b6fd2f4f6a7");
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string JournalPath => _folder.File("j");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_was_appended_is_there_when_it_is_opened_again()
    {
        var hash = SHA256.HashData("extent"u8);
        await using (var journal = await OpenAsync())
        {
            journal.IsFresh.ShouldBeTrue();
            await journal.AppendAsync([new JournalRecord(3, 1, hash), new JournalRecord(8, 3, default)], Cancel);
        }

        await using var again = await OpenAsync();
        again.IsFresh.ShouldBeFalse();
        again.DurableBytes.ShouldBe((3L * Extent.Size) + 512);
        again.Hashes.FirstGap().ShouldBe(0);
        again.Hashes.IsZero(10).ShouldBeTrue();
        again.Hashes.IsZero(3).ShouldBeFalse();
        var found = new byte[32];
        again.Hashes.CopyHash(3, found);
        found.ShouldBe(hash);
    }

    [Fact]
    public async Task Cut_at_any_byte_it_keeps_the_whole_records_before_the_cut_and_can_be_appended_to()
    {
        await using (var journal = await OpenAsync())
        {
            for (var i = 0; i < 4; i++)
            {
                await journal.AppendAsync([new JournalRecord(i, 1, SHA256.HashData([(byte)i]))], Cancel);
            }
        }
        var whole = await File.ReadAllBytesAsync(JournalPath, Cancel);
        for (var length = 0; length <= whole.Length; length++)
        {
            await File.WriteAllBytesAsync(JournalPath, whole[..length], Cancel);
            var records = Math.Max(0, length - CopyJournal.HeaderSize) / JournalRecord.Size;
            await using (var journal = await OpenAsync())
            {
                journal.Hashes.KnownCount.ShouldBe(records, $"cut at {length}");
                journal.IsFresh.ShouldBe(length == 0);
                await journal.AppendAsync([new JournalRecord(9, 1, SHA256.HashData([9]))], Cancel);
            }
            await using var again = await OpenAsync();
            again.Hashes.KnownCount.ShouldBe(records + 1);
            again.Hashes.IsKnown(9).ShouldBeTrue();
        }
    }

    [Fact]
    public async Task A_flipped_bit_ends_it_there_and_no_damaged_record_is_believed()
    {
        await using (var journal = await OpenAsync())
        {
            await journal.AppendAsync([.. Enumerable.Range(0, 5).Select(i => new JournalRecord(i, 1, SHA256.HashData([(byte)i])))], Cancel);
        }
        var whole = await File.ReadAllBytesAsync(JournalPath, Cancel);
        for (var at = CopyJournal.HeaderSize; at < whole.Length; at++)
        {
            var damaged = whole.ToArray();
            damaged[at] ^= 0x10;
            await File.WriteAllBytesAsync(JournalPath, damaged, Cancel);
            await using var journal = await OpenAsync();
            journal.Hashes.KnownCount.ShouldBe((at - CopyJournal.HeaderSize) / JournalRecord.Size);
        }
    }

    [Fact]
    public async Task One_of_another_disk_or_size_is_refused_with_a_remedy()
    {
        await (await OpenAsync()).DisposeAsync();

        var other = await Should.ThrowAsync<MigrateException>(() => CopyJournal.OpenAsync(JournalPath, Guid.NewGuid(), Capacity, Cancel));
        other.Code.ShouldBe("copy.journal-mismatch");
        other.Remedy.ShouldContain("Delete the journal");
        (await Should.ThrowAsync<MigrateException>(() => CopyJournal.OpenAsync(JournalPath, Disk, Capacity + 512, Cancel))).Code.ShouldBe("copy.journal-mismatch");
        await (await OpenAsync()).DisposeAsync();
    }

    [Fact]
    public async Task A_file_that_is_no_journal_is_refused_and_left_as_it_is()
    {
        var text = string.Concat(Enumerable.Repeat("not a journal ", 20));
        await File.WriteAllTextAsync(JournalPath, text, Cancel);
        (await Should.ThrowAsync<MigrateException>(OpenAsync)).Code.ShouldBe("copy.journal-mismatch");
        (await File.ReadAllTextAsync(JournalPath, Cancel)).ShouldBe(text);
    }

    [Fact]
    public async Task Two_copies_cannot_hold_it_at_once()
    {
        await using var first = await OpenAsync();
        (await Should.ThrowAsync<MigrateException>(OpenAsync)).Code.ShouldBe("copy.journal-unusable");
    }

    private Task<CopyJournal> OpenAsync() => CopyJournal.OpenAsync(JournalPath, Disk, Capacity, Cancel);
}
