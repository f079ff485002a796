"""Every SymPy symbol of the suite once, with its assumptions and its meaning.

Two SymPy symbols of one name with different assumptions do not cancel, so no module makes symbols of its own
for these quantities: it imports them from here.
"""

import sympy as sp

residual_std = sp.Symbol("s", positive=True)
coefficient_norm = sp.Symbol("n", positive=True)
coefficient_norm_1 = sp.Symbol("m", positive=True)
radius = sp.Symbol("epsilon", nonnegative=True)
smoothing = sp.Symbol("xi", positive=True)
residual = sp.Symbol("e", real=True)
shape = sp.Symbol("k", positive=True)
total_std = sp.Symbol("v", positive=True)
shrinkage = sp.Symbol("kappa", nonnegative=True)

# Gram scalars: an argument that uses a vector only through these holds in every dimension.
attack_product = sp.Symbol("a", real=True)
attack_orthogonal = sp.Symbol("w", real=True)
attack_coordinate = sp.Symbol("z", real=True)
attack_rest = sp.Symbol("r", nonnegative=True)
coefficient = sp.Symbol("theta_i", real=True)
direction_size = sp.Symbol("p", positive=True)
direction_std = sp.Symbol("q", positive=True)
direction_product = sp.Symbol("a_u", real=True)
direction_error = sp.Symbol("b_u", real=True)
direction_signal = sp.Symbol("h_u", real=True)
direction_norm = sp.Symbol("w_u", nonnegative=True)
conditional_std = sp.Symbol("c_u", positive=True)
direction_value = sp.Symbol("x_u", real=True)
line_parameter = sp.Symbol("t", real=True)
error_std = sp.Symbol("delta", positive=True)
noise_std = sp.Symbol("sigma", positive=True)
signal_size = sp.Symbol("g_2", positive=True)
signal_size_inf = sp.Symbol("g_inf", positive=True)
true_size = sp.Symbol("n_0", positive=True)
eigenvalue = sp.Symbol("lambda", positive=True)
true_coefficient = sp.Symbol("theta_0i", real=True)
standard_residual = sp.Symbol("g", real=True)
hyperbolic_angle = sp.Symbol("tau", real=True)
residual_variance = sp.Symbol("S", positive=True)
coefficient_square = sp.Symbol("N", positive=True)

sample_size = sp.Symbol("n", integer=True, positive=True)
dimension = sp.Symbol("d", integer=True, positive=True)
interpolator_size = sp.Symbol("n_y", positive=True)
multiplier_size = sp.Symbol("alpha_inf", positive=True)
response_size = sp.Symbol("y_1", positive=True)
correlation_size = sp.Symbol("g_y", positive=True)
step_size = sp.Symbol("eta", positive=True)
displacement = sp.Symbol("h", real=True)
displacement_bend = sp.Symbol("b_h", real=True)
displacement_bow = sp.Symbol("w_h", real=True)
response = sp.Symbol("y_i", real=True)
left_length = sp.Symbol("s_n", positive=True)
eigenvector_entry = sp.Symbol("q_i", positive=True)
gram_eigenvalue = sp.Symbol("lambda_X", positive=True)
product_above = sp.Symbol("a_p", real=True)
product_below = sp.Symbol("a_q", real=True)
output_weight = sp.Symbol("a_j", real=True)
weights_mean_square = sp.Symbol("m_a", positive=True)
activation_slope = sp.Symbol("phi_1", real=True, nonzero=True)
activation_curvature = sp.Symbol("phi_2", real=True)
activation_third = sp.Symbol("phi_3", real=True)
neuron_input = sp.Symbol("v_j", real=True)
neuron_input_rest = sp.Symbol("w_j", real=True)
taylor_remainder = sp.Symbol("R_phi", real=True)
start_exponent = sp.Symbol("delta_0", positive=True)
threshold = sp.Symbol("t_0", positive=True)
threshold_gap = sp.Symbol("a_0", positive=True)
width = sp.Symbol("h", positive=True)
largest_weight = sp.Symbol("a_inf", positive=True)
aspect_ratio = sp.Symbol("c", positive=True)
alignment = sp.Symbol("a", nonnegative=True)
orthogonal = sp.Symbol("b", positive=True)
attack_size = sp.Symbol("t", positive=True)
multiplier = sp.Symbol("mu", positive=True)
cutoff = sp.Symbol("z", positive=True)
moved_residual = sp.Symbol("u", real=True)

c0 = sp.sqrt(2 / sp.pi)

MEANING: dict[sp.Symbol, str] = {
    residual_std: "standard deviation of the residual, s² = ‖θ - θ₀‖²_Σ + σ²",
    coefficient_norm: "dual norm of the coefficients: ‖θ‖₂ for the l2 attack",
    coefficient_norm_1: "dual norm of the coefficients for the linf attack, ‖θ‖₁",
    radius: "attack strength: radius of the ball of perturbations",
    smoothing: "smoothing of the surrogate attack",
    residual: "residual e = θᵀx - y",
    shape: "shape of the smoothed attack, k = ξ / (2 s n)",
    total_std: "standard deviation of y, v² = ‖θ₀‖²_Σ + σ²",
    shrinkage: "ridge parameter of a stationary point, θ* = (Σ + κI)⁻¹ Σ θ₀",
    attack_product: "product θᵀz of the coefficients and a perturbation z",
    attack_orthogonal: "length of the part of a perturbation orthogonal to θ, ‖z - (a/n²) θ‖₂",
    attack_coordinate: "one coordinate of a perturbation",
    attack_rest: "what the linf attack gains from the coordinates already treated",
    coefficient: "one coordinate of θ, in the axes of the input or of the eigenvectors of Σ",
    direction_size: "dual norm of a direction u in the space of coefficients",
    direction_std: "length ‖u‖_Σ of a direction, the standard deviation of uᵀx",
    direction_product: "product uᵀθ for the l2 attack, uᵀsign(θ) for linf",
    direction_error: "product uᵀΣ(θ - θ₀), the covariance of uᵀx and the residual",
    direction_signal: "product uᵀΣθ₀ of a direction and the signal",
    direction_norm: "norm ‖u‖₁ of a direction as a variable",
    conditional_std: "standard deviation of uᵀx given the residual",
    direction_value: "value uᵀx of an input along a direction",
    line_parameter: "position on the line θ + tu",
    error_std: "length ‖θ - θ₀‖_Σ of the error, the standard deviation of (θ - θ₀)ᵀx",
    noise_std: "standard deviation σ of the noise",
    signal_size: "length ‖Σθ₀‖₂ of the signal",
    signal_size_inf: "largest entry ‖Σθ₀‖_∞ of the signal in absolute value",
    true_size: "length ‖θ₀‖₂ of the true coefficients",
    eigenvalue: "an eigenvalue of Σ",
    true_coefficient: "coordinate of θ₀ along an eigenvector of Σ",
    standard_residual: "standardised residual e / s",
    hyperbolic_angle: "variable of a hyperbolic substitution",
    residual_variance: "variance of the residual, S = s²",
    coefficient_square: "square of the dual norm of the coefficients, N = n²",
    sample_size: "number n of samples",
    dimension: "number d of coordinates of x",
    interpolator_size: "length ‖θ(y)‖₂ of the minimum-norm interpolator",
    multiplier_size: "largest entry ‖α‖_∞ of α = (XXᵀ)⁻¹y in absolute value",
    response_size: "sum ‖y‖₁ of the responses in absolute value",
    correlation_size: "length ‖Xᵀy‖₂",
    step_size: "step size of gradient descent on the mean loss",
    gram_eigenvalue: "an eigenvalue of XXᵀ",
    displacement: "size of the residual along a unit eigenvector of XXᵀ",
    displacement_bend: "first coefficient of ‖θ‖² in the size of the residual",
    displacement_bow: "second coefficient of ‖θ‖² in the size of the residual",
    response: "response of one sample",
    left_length: "standard deviation v√(n/(2d)) of what half of the other samples add to a product pᵀx_i",
    eigenvector_entry: "entry of an eigenvector of XXᵀ at one sample",
    product_above: "product pᵀx of an input and the slope p of (pᵀx)₊ - (-qᵀx)₊",
    product_below: "product qᵀx of an input and its other slope q",
    output_weight: "output weight of one neuron",
    weights_mean_square: "mean square ‖a‖²/h of the output weights",
    activation_slope: "slope φ'(0) of the activation",
    activation_curvature: "second derivative φ''(0) of the activation",
    activation_third: "third derivative φ'''(0) of the activation",
    neuron_input: "product xᵀV of an input and the direction of all neurons, θ_j = a_j V/√h + ...",
    neuron_input_rest: "what the next term of θ_j adds to the product",
    taylor_remainder: "bounded factor in the remainder of Taylor's formula for the activation",
    start_exponent: "exponent δ of the vanishing initialisation, θ_j ~ N(0, I/(d h^(1+δ)))",
    threshold: "threshold t of soft thresholding, sign(x) (|x| - t)₊",
    threshold_gap: "what the attack strength exceeds the threshold by, a = ε - t",
    width: "width h of a network",
    largest_weight: "largest entry ‖a‖_∞ of the output weights in absolute value",
    aspect_ratio: "limit of the number d of coordinates of x over the number n of samples",
    alignment: "length of θ along θ₀",
    orthogonal: "length of θ orthogonal to θ₀",
    attack_size: "what the attack adds to every absolute residual, t = ε‖θ‖",
    multiplier: "multiplier of the constraint on how far training moves the residuals",
    cutoff: "standardised residual up to which training sets residuals to 0, z = 2t/(μs)",
    moved_residual: "a residual as training moves it",
}
