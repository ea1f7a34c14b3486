using Migrate.Executor.Preflight;

namespace Migrate.Executor.Tests.Preflight;

public sealed class NqnCheckTests
{
    [Theory]
    [InlineData("nqn.2014-08.org.nvmexpress:uuid:0b8c1b0e-5c5e-4a53-8d4f-0d6c1f2a9e11")]
    [InlineData("nqn.2014-08.org.nvmexpress.discovery")]
    [InlineData("nqn.2011-06.com.truenas:uuid:4b2d:vm-disks")]
    [InlineData("nqn.2026-01.org.migrate:target")]
    public void Names_that_are_used(string nqn) => NqnCheck.Problems(nqn).ShouldBeEmpty();

    [Theory]
    [InlineData("nqn.2026-01.org.migrate:target\n", "white space")]
    [InlineData("NQN.2026-01.org.migrate:target", "lower case")]
    [InlineData("iqn.2026-01.org.migrate:target", "does not begin")]
    [InlineData("nqn.2026-1.org.migrate:target", "nqn.yyyy-mm")]
    [InlineData("nqn.2026-01.org.migrate\uFF1Atarget", "U+FF1A")]
    [InlineData("nqn.2014-08.org.nvmexpress:uuid:0B8C1B0E-5C5E-4A53-8D4F-0D6C1F2A9E11", "lower case")]
    [InlineData("nqn.2014-08.org.nvmexpress:uuid:0b8c1b0e-5c5e-4a53-8d4f-0d6c1f2a9e1", "no UUID")]
    [InlineData("nqn.x", "5 characters")]
    public void Names_that_cannot_be(string nqn, string why) => NqnCheck.Problems(nqn).ShouldContain(problem => problem.Contains(why));

    [Fact]
    public void A_name_of_224_characters_is_too_long() => NqnCheck.Problems("nqn.2026-01.org.migrate:" + new string('a', 200)).ShouldHaveSingleItem().ShouldContain("224");

    [Theory]
    [InlineData("nqn.2026-01.org.migrate:tarqet", "nqn.2026-01.org.migrate:target")]
    [InlineData("nqn.2026-01.org.migrate:targe", "nqn.2026-01.org.migrate:target")]
    [InlineData("nqn.2026-01.org.migrate:target ", "nqn.2026-01.org.migrate:target")]
    [InlineData("nqn.2026-01.org.migrate:target", null)]
    [InlineData("nqn.2026-01.org.migrate:other", null)]
    public void The_likely_one_differs_by_two_characters_at_most(string typed, string? near) => NqnCheck.Near(typed, ["nqn.2026-01.org.example:a", "nqn.2026-01.org.migrate:target"]).ShouldBe(near);
}
