using Migrate.Executor.Copy;

namespace Migrate.Executor.Tests.Copy;

public sealed class ReadBackKindTests
{
    [Theory]
    [InlineData(true, true, null, "XXH128")]
    [InlineData(true, false, "SHA-256", "XXH128")]
    [InlineData(false, true, "XXH128", "SHA-256")]
    [InlineData(false, false, "XXH128", "XXH128")] // what a killed worker left unread was compared by SHA-256, and the rest by what it was before
    [InlineData(false, false, "SHA-256", "SHA-256")]
    public void No_more_is_said_of_a_disk_than_was_compared(bool hasFoundSome, bool isWhole, string? before, string expected) =>
        ReadBackKind.After(hasFoundSome, isWhole, before).ShouldBe(expected);
}
