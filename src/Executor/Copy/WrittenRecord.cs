namespace Migrate.Executor.Copy;

/// <summary>What is at the destination and not in the journal yet.</summary>
/// <param name="Record">For the journal.</param>
/// <param name="Check">Of an extent with data that is to be read back: the checksum of what the source sent.</param>
internal readonly record struct WrittenRecord(JournalRecord Record, UInt128 Check);
