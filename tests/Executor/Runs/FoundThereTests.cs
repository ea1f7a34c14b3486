using Migrate.Executor.Copy;
using Migrate.Executor.Jobs;
using Migrate.Executor.Runs;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Tests.Runs;

/// <summary>What was read back is believed only while nobody else can have had the run.</summary>
public sealed class FoundThereTests
{
    private readonly FoundThere _found = new();
    private readonly RunDisk _disk = new() { Id = Guid.NewGuid(), Label = "Hard disk 1", Reader = "nbd", CapacityBytes = 40 * Extent.Size };

    [Theory]
    [InlineData(7, false, true)] // the same taking of the lease
    [InlineData(8, false, true)] // the next turn
    [InlineData(9, false, false)] // somebody had it in between
    [InlineData(6, false, false)]
    [InlineData(8, true, false)] // the copy began anew
    public void Of_an_earlier_turn_it_is_known_when_nobody_had_the_run_in_between(long epoch, bool isNew, bool isKnown)
    {
        _found.Of(Claim(7), _disk, isNew: true).Add(5);
        _found.Of(Claim(epoch), _disk, isNew).Contains(5).ShouldBe(isKnown);
    }

    [Fact]
    public void Over_many_turns_it_grows_and_is_forgotten_when_it_was_taken()
    {
        for (var epoch = 1; epoch <= 5; epoch++)
        {
            _found.Of(Claim(epoch), _disk, isNew: epoch == 1).Add(epoch);
        }
        _found.Take(Claim(6), _disk).All().ShouldBe([1, 2, 3, 4, 5]);
        _found.Take(Claim(6), _disk).Count.ShouldBe(0);
    }

    private static LeaseClaim Claim(long epoch) => new(Guid.Empty, "one", epoch);
}
