namespace VideoMesh.Miners.Proofs;

/// <summary>A miner's segment beside the verifier's own encode of the same source, frame by frame.</summary>
/// <param name="Frames">Compared.</param>
/// <param name="MeanPsnr">Of the luma, in dB, over all frames; equal frames count as 100.</param>
/// <param name="LeastPsnr">Of the worst frame.</param>
/// <param name="Ssim">Of the luma, mean over all frames.</param>
/// <param name="SizeRatio">The miner's bytes ÷ the verifier's.</param>
public sealed record PictureComparison(int Frames, double MeanPsnr, double LeastPsnr, double Ssim, double SizeRatio);

/// <summary>
/// What work must be like when bytes cannot be compared, since nobody serves the class it was done in. Measured at CRF 23: honest work has 40 dB and SSIM .98 or more; ultrafast 39.8 dB, .973 and
/// 1.5 times the size; a CRF of 28 37.4 dB and half the size; half resolution 30.6 dB; dropped frames and watermarks pass by SSIM alone and have frames below 28 dB. So all four count together.
/// Cheats that are nearly as good pass: the verdict is weak, burns no stake and pays little.
/// </summary>
public static class WeakRule
{
    private const double LeastMeanPsnr = 40;
    private const double LeastFramePsnr = 32;
    private const double LeastSsim = 0.98;
    private const double LeastSize = 0.7;
    private const double MostSize = 1.4;

    /// <summary>What is against work; null when nothing is.</summary>
    public static RejectionReason? Fault(PictureComparison compared) => compared switch
    {
        { SizeRatio: not (>= LeastSize and <= MostSize) } => RejectionReason.OtherSize,
        { MeanPsnr: >= LeastMeanPsnr, LeastPsnr: >= LeastFramePsnr, Ssim: >= LeastSsim } => null,
        _ => RejectionReason.OtherPictures,
    };
}
