using System.Text;
using Migrate.Planner.Baselines.Histograms;
using Migrate.Planner.Tests.Offline;

namespace Migrate.Planner.Tests.Baselines.Histograms;

/// <summary>Files of the wrong kind, or spoilt ones: histograms that add up, or a named error.</summary>
public sealed class WrongImportsTests
{
    private const string Stats = """
        Histogram: latency of Read IOs in Microseconds (us),virtual machine worldGroupID,62444,virtual disk handleID,8193 (scsi0:1)
        min,41
        max,250000
        mean,612
        count,100
        Frequency,Histogram Bucket Limit
        0,1
        4,100
        60,500
        30,1000
        5,5000
        1,5000

        """;

    private const string Fio = """
        { "fio version": "fio-3.36", "jobs": [ { "jobname": "a", "read": { "total_ios": 10, "iops": 5.0, "clat_ns": { "min": 100, "max": 9000, "mean": 500.5, "N": 10, "bins": { "100": 4, "9000": 6 } } },
          "write": { "total_ios": 0, "clat_ns": { "N": 0 } } } ] }
        """;

    private static readonly string[] OtherKinds =
    [
        "", " ", "\0", "name;size\nweb01;4096\n", "Name,Powerstate,Template\nweb01,poweredOn,False\n", "<html><body>404</body></html>", "{}", "[]", "null", "42", "\"text\"",
        "{ \"jobs\": null }", "{ \"jobs\": {} }", "{ \"jobs\": [ null, 3, [] ] }", "{ \"jobs\": [ { \"read\": 3 } ] }", "{ \"jobs\": [ { \"read\": { \"clat_ns\": { \"bins\": { \"x\": 1, \"-5\": -7, \"99999999999999999999\": 1e400 } } } } ] }",
        "Histogram:", "Histogram: latency of Read IOs in Microseconds (us)", "min,1\nmax,2\n", "time,read,write\n1,2,3\n", "PK\u0003\u0004", "%PDF-1.7", "\ufeffHistogram: nothing that is known,virtual machine worldGroupID,1,virtual disk handleID,2\nmin,1",
    ];

    [Fact]
    public void What_is_of_another_kind_is_refused_by_name()
    {
        foreach (var content in OtherKinds)
        {
            Should.Throw<MigrateException>(() => VscsiStats.Parse(content), content).Code.ShouldStartWith("baseline.");
            Should.Throw<MigrateException>(() => FioResult.Parse(content), content).Code.ShouldStartWith("baseline.");
        }

        Should.Throw<MigrateException>(() => VscsiStats.Parse(Fio)).Code.ShouldStartWith("baseline.");
        Should.Throw<MigrateException>(() => FioResult.Parse(Stats)).Code.ShouldStartWith("baseline.");
        // Nested without end.
        Should.Throw<MigrateException>(() => FioResult.Parse(new string('[', 200_000))).Code.ShouldStartWith("baseline.");
    }

    [Fact]
    public void Spoilt_anywhere_it_adds_up_or_is_refused_by_name()
    {
        VscsiStats.Parse(Stats).ShouldNotBeEmpty();
        FioResult.Parse(Fio).ShouldNotBeEmpty();
        var random = new Random(77);
        for (var round = 0; round < 4000; round++)
        {
            var (text, parse) = round % 2 == 0 ? (Stats, (Func<string, IEnumerable<IoHistogram>>)(t => VscsiStats.Parse(t).SelectMany(d => d.Histograms))) : (Fio, FioResult.Parse);
            var spoilt = Encoding.UTF8.GetString(Damage.Do(Encoding.UTF8.GetBytes(text), random));
            try
            {
                foreach (var histogram in parse(spoilt))
                {
                    histogram.Bins.ShouldAllBe(b => b.Count >= 0, spoilt);
                    _ = histogram.Percentile(0.5);
                    _ = histogram.Percentile(1);
                }
            }
            catch (MigrateException e)
            {
                e.Code.ShouldStartWith("baseline.");
            }
            catch (Exception e) when (e is not ShouldAssertException)
            {
                throw new InvalidOperationException($"round {round}: {e}\n{spoilt}", e);
            }
        }
    }
}
