using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Planner.Tests.VSphere.ChangeTracking;

public sealed class ChangeIdTests
{
    private const string Before = "52 3c ec 11 9e 2c 4c 3d-87 4a c3 4e 85 f2 ea 95/4446";

    [Fact]
    public void An_id_is_an_epoch_and_a_sequence()
    {
        ChangeId.TryParse(Before, out var id).ShouldBeTrue();
        (id.Epoch, id.Sequence).ShouldBe(("52 3c ec 11 9e 2c 4c 3d-87 4a c3 4e 85 f2 ea 95", 4446));
        id.ToString().ShouldBe(Before);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("/12")]
    [InlineData("52 3c/")]
    [InlineData("52 3c/-1")]
    [InlineData("52 3c/99999999999999999999999")]
    public void What_is_no_id_is_none(string? text) => ChangeId.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("52 3C EC 11 9e 2c 4c 3d-87 4a c3 4e 85 f2 ea 95/4446", null)]
    [InlineData("52 3c ec 11 9e 2c 4c 3d-87 4a c3 4e 85 f2 ea 95/4447", null)]
    [InlineData("52 3c ec 11 9e 2c 4c 3d-87 4a c3 4e 85 f2 ea 95/4445", "earlier state")]
    [InlineData("52 ff ec 11 9e 2c 4c 3d-87 4a c3 4e 85 f2 ea 95/4447", "reset")]
    [InlineData("", "not understood")]
    public void Ids_of_two_epochs_or_of_a_disk_that_went_back_have_nothing_to_do_with_each_other(string now, string? why)
    {
        if (why is null)
        {
            ChangeId.WhyUnrelated(Before, now).ShouldBeNull();
        }
        else
        {
            ChangeId.WhyUnrelated(Before, now).ShouldNotBeNull().ShouldContain(why);
        }
    }

    [Theory]
    [InlineData("6.0.0", "2494585", true)]
    [InlineData("6.0.0", "3247720", false)]
    [InlineData("6.0.0", "", true)]
    [InlineData("5.5.0", "9999999", true)]
    [InlineData("6.5.0", "4564106", false)]
    [InlineData("8.0.3", "24022510", false)]
    [InlineData("unknown", "1", false)]
    public void Builds_whose_tracking_is_known_to_leave_areas_out_are_distrusted(string version, string build, bool distrusted) =>
        KnownTrackingFault.Of(version, build).Any(f => f.Effect == TrackingEffect.Distrusted).ShouldBe(distrusted);
}
