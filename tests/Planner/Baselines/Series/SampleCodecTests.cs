using Migrate.Planner.Baselines.Series;

namespace Migrate.Planner.Tests.Baselines.Series;

public class SampleCodecTests(ITestOutputHelper output)
{
    [Fact]
    public void Whatever_series_goes_in_comes_out()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var series = SampleData.Random(new Random(seed));
            SampleData.ShouldEqual(SampleCodec.Decode(SampleCodec.Encode(series)), series);
        }
    }

    [Fact]
    public void Damage_is_named_and_never_read_as_samples_of_another_length()
    {
        var series = SampleData.Random(new Random(5), count: 400);
        var whole = SampleCodec.Encode(series);
        SampleData.Throws(() => SampleCodec.Decode([]));
        SampleData.Throws(() => SampleCodec.Decode([99, .. whole[1..]]));
        SampleData.Throws(() => SampleCodec.Decode(whole[..(whole.Length / 2)]));
        var random = new Random(1);
        for (var i = 0; i < 300; i++)
        {
            byte[] broken = [.. whole];
            broken[random.Next(1, broken.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                SampleCodec.Decode(broken).Count.ShouldBeLessThanOrEqualTo(432_000);
            }
            catch (Exception e) when (e is InvalidDataException or InvalidOperationException or OverflowException)
            {
                // That is how it says so.
            }
        }
    }

    [Fact]
    public void A_day_of_a_busy_disk_takes_less_than_half_of_its_numbers_as_text_and_an_idle_one_next_to_nothing()
    {
        var day = SampleData.Busy(start: 1_770_000_000 / 21_600 * 21_600, days: 1);
        var bytes = SampleBlocks.Cut(day).Sum(block => SampleCodec.Encode(block.Part).Length);
        var idle = SampleBlocks.Cut(SampleData.Idle(1_770_000_000 / 21_600 * 21_600, days: 1)).Sum(block => SampleCodec.Encode(block.Part).Length);
        var text = Enum.GetValues<DiskCounter>().Sum(counter => day.Column(counter).Sum(value => value.ToString().Length + 1));
        output.WriteLine($"bytes per disk and day: busy {bytes}, idle {idle}, as text {text}, samples {day.Count}");
        bytes.ShouldBeLessThan(text / 2);
        idle.ShouldBeLessThan(bytes / 10);
    }
}
