using System.Security.Claims;
using Migrate.Api.Security;

namespace Migrate.Api.Tests.Security;

public sealed class CallerTests
{
    [Theory]
    [InlineData("admin", null, "admin")]
    [InlineData("admin", "admin", "admin")]
    [InlineData("admin", " ana ", "admin, for ana (unverified)")]
    [InlineData("admin", "a\nna", "admin, for ana (unverified)")]
    [InlineData(null, "admin", "admin (unverified)")]
    [InlineData(null, "", "unknown")]
    public void What_a_caller_says_of_itself_never_takes_the_place_of_who_it_is(string? known, string? stated, string recorded)
    {
        var identity = known is null ? new ClaimsIdentity() : new ClaimsIdentity([new Claim(ClaimTypes.Name, known)], "test");

        Caller.Name(new ClaimsPrincipal(identity), stated).ShouldBe(recorded);
    }
}
